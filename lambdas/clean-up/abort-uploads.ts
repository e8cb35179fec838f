import type { UnfinishedUpload, UnfinishedUploads } from '../shared/aws/s3/unfinished-uploads.ts';
import { messageOf } from '../shared/domain/errors/errors.ts';
import { unfinishedMs } from './ages.ts';
import type { Cleaning, Stage } from './cleaning.ts';
import { type OwnPrefix, ownPrefixes, prefixesAfter } from './own-prefixes.ts';
import { folderBelow } from './run-protection.ts';

/** Aborts old unfinished uploads of our own keys in the media bucket, also under the results prefix. */
export const abortUploads: Stage = (after, cleaning) => {
  const results = { prefix: cleaning.prefixes.resultsPrefix, isOurs: () => true, isLive: () => false };
  return abortBehind(after, [...ownPrefixes(cleaning), results], cleaning.uploads, cleaning);
};

/** Aborts all old unfinished uploads in the staging bucket, except those of open jobs. */
export const abortStagedUploads: Stage = (after, cleaning) => {
  const isLive = (key: string) => cleaning.protection.isOpenJob(folderBelow('', key));
  return abortBehind(after, [{ prefix: '', isOurs: () => true, isLive }], cleaning.stagedUploads, cleaning);
};

async function abortBehind(
  from: string,
  places: readonly OwnPrefix[],
  uploads: UnfinishedUploads,
  { now, isTimeUp, dryRun, tell }: Cleaning,
): Promise<string | undefined> {
  let last = from;
  for (const { place, after } of prefixesAfter(from, places)) {
    for await (const upload of uploads.listUploads(place.prefix, after || undefined)) {
      // After a key means after all its uploads.
      if (upload.key !== last && isTimeUp()) return last;
      last = upload.key;
      if (!place.isOurs(upload.key) || now() - upload.initiated.getTime() < unfinishedMs) continue;
      if (await place.isLive(upload.key)) continue;
      tell('uploads', 1, dryRun ? [] : await abort(upload, uploads));
    }
  }
  return undefined;
}

async function abort(upload: UnfinishedUpload, uploads: UnfinishedUploads): Promise<{ key: string; reason: string }[]> {
  try {
    await uploads.abortUpload(upload);
    return [];
  } catch (error) {
    return [{ key: upload.key, reason: messageOf(error) }];
  }
}
