import { isTransient, messageOf } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { metadataOf } from '../shared/domain/job/scan-folder.ts';
import { copyKeyOf } from '../shared/domain/keys.ts';
import { contentTypeOf } from '../shared/domain/media/content-types.ts';
import type { PlannedRecord } from '../shared/domain/plan/plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import { mapAllSettled } from './map-all-settled.ts';

/**
 * Returns where Bedrock reads the media of a record: in place, or a copy where the job is staged or the key is refused.
 */
export function readKeyOf(job: Pick<Job, 'layout' | 'copiesPrefix'>, { key, copy }: PlannedRecord): string {
  return job.layout === 'staged' || copy ? copyKeyOf(job.copiesPrefix, key) : key;
}

/**
 * Copies the media of these records that Bedrock cannot read in place, each once, beside the job's input.
 *
 * @returns the reasons of media that could not be copied, by key
 */
export async function copyMedia(
  job: Job,
  records: readonly PlannedRecord[],
  input: Pick<MediaStore, 'copyHere'>,
): Promise<Map<string, string>> {
  const originals = new Map<string, PlannedRecord>();
  for (const record of records) if (readKeyOf(job, record) !== record.key) originals.set(record.key, record);
  const reasons = new Map<string, string>();
  await mapAllSettled(originals.values(), async (record) => {
    const reason = await copyOne(job, record, input);
    if (reason !== undefined) reasons.set(record.key, reason);
  });
  return reasons;
}

async function copyOne(
  job: Job,
  record: PlannedRecord,
  input: Pick<MediaStore, 'copyHere'>,
): Promise<string | undefined> {
  const { key, etag } = record;
  const contentType = contentTypeOf(key) ?? 'application/octet-stream';
  try {
    const source = { bucket: job.bucket, key, etag };
    const outcome = await input.copyHere(source, readKeyOf(job, record), contentType, metadataOf(job));
    if (outcome === 'gone') return 'the media is gone since it was planned';
    return outcome === 'changed' ? 'the media is another one than was planned' : undefined;
  } catch (error) {
    // S3 refuses this one, for example because it is archived; the others are still copied.
    const isRefused = error instanceof Error && '$fault' in error && error.$fault === 'client' && !isTransient(error);
    if (!isRefused) throw error;
    return `S3 refused to copy the media: ${messageOf(error)}`;
  }
}
