import type { TriggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import { isOwnKey, type KeyPrefixes } from '../shared/domain/keys.ts';
import { mediaKindOf } from '../shared/domain/media/media.ts';
import type { OnUploadOutput, Upload } from './events.ts';

export interface NoteMediaDependencies {
  table: Pick<TriggerTable, 'readTrigger' | 'addUpload'>;
  prefixes: KeyPrefixes;
  /** Uploads under these prefixes start a run; empty if uploads are switched off. */
  uploadPrefixes: readonly string[];
  now(): number;
}

/** Precision of the time of the last upload, in milliseconds: of thousands of uploads at once, few write. */
const precisionMs = 30_000;

/** Records an upload of media, so that a run starts once no more come. */
export async function noteMedia({ key }: Upload, dependencies: NoteMediaDependencies): Promise<OnUploadOutput> {
  const { table, prefixes, uploadPrefixes, now } = dependencies;
  if (!uploadPrefixes.some((prefix) => key.startsWith(prefix)) || isOwnKey(prefixes, key)) {
    return { action: 'none', reason: 'uploads under this prefix start no run' };
  }
  if (mediaKindOf(key) === undefined) return { action: 'none', reason: 'neither a video nor an image' };
  const { lastAt } = await table.readTrigger('uploads');
  // The run that takes the waiting uploads starts later, and finds this object when it lists the prefix.
  if (lastAt !== undefined && now() - Date.parse(lastAt) < precisionMs) return { action: 'noted' };
  await table.addUpload();
  return { action: 'noted' };
}
