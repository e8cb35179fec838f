import type { TriggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import { isOwnKey, type KeyPrefixes } from '../shared/domain/keys.ts';
import { mediaKindOf } from '../shared/domain/media/media.ts';
import type { OnUploadOutput, Upload } from './events.ts';

export interface NoteMediaDependencies {
  table: Pick<TriggerTable, 'readTrigger' | 'addUpload'>;
  prefixes: KeyPrefixes;
  /** Uploads under these make a run; none where uploads are switched off. */
  uploadPrefixes: readonly string[];
  now(): number;
}

/** So precise is the time of the last upload: of thousands at once, few write. In milliseconds. */
const precisionMs = 30_000;

/** Writes down that media came which a run is to be started for once it is quiet. */
export async function noteMedia({ key }: Upload, dependencies: NoteMediaDependencies): Promise<OnUploadOutput> {
  const { table, prefixes, uploadPrefixes, now } = dependencies;
  if (!uploadPrefixes.some((prefix) => key.startsWith(prefix)) || isOwnKey(prefixes, key)) {
    return { did: 'nothing', reason: 'no uploads under this prefix make a run' };
  }
  if (mediaKindOf(key) === undefined) return { did: 'nothing', reason: 'neither a video nor an image' };
  const { lastAt } = await table.readTrigger('uploads');
  // The run that takes what waits begins after this, and finds the object when it lists the prefix.
  if (lastAt !== undefined && now() - Date.parse(lastAt) < precisionMs) return { did: 'noted' };
  await table.addUpload();
  return { did: 'noted' };
}
