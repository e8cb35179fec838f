import * as z from 'zod';
import { runEndedSchema } from '../shared/domain/run/run-ended.ts';
import { type NoteMediaDependencies, noteMedia } from './note-media.ts';
import { type StartRequestDependencies, startRequest } from './start-request.ts';
import { type TellRefusalDependencies, tellRefusal } from './tell-refusal.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html; keys are not URL-encoded there. */
const objectCreatedSchema = z.object({
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string().min(1),
      size: z.int().min(0),
      etag: z.string().min(1),
      /** Grows with every upload of the key: the same bytes again have the same ETag. */
      sequencer: z.string().min(1),
    }),
  }),
});
export type Upload = z.output<typeof objectCreatedSchema>['detail']['object'];

const runRefusedSchema = z.object({ 'detail-type': z.literal('Run Ended'), detail: runEndedSchema });

/** An event of the bucket, or of a run that was refused. */
export const onUploadInputSchema = z.discriminatedUnion('detail-type', [objectCreatedSchema, runRefusedSchema]);

/** What became of an event. */
export const onUploadOutputSchema = z.strictObject({
  did: z.enum(['started', 'refused', 'noted', 'nothing']),
  runId: z.string().optional(),
  /** Why it was refused, or why nothing was done. */
  reason: z.string().optional(),
});
export type OnUploadOutput = z.infer<typeof onUploadOutputSchema>;

export interface OnUploadDependencies extends StartRequestDependencies, NoteMediaDependencies, TellRefusalDependencies {
  store: StartRequestDependencies['store'] & TellRefusalDependencies['store'] & { bucket: string };
  table: StartRequestDependencies['table'] & NoteMediaDependencies['table'] & TellRefusalDependencies['table'];
  /** Where requests are uploaded to; ends in a slash. */
  requestsPrefix: string;
}

/** Turns an upload into a run: a request into one of its own, media into one over all that came. Safe to repeat. */
export async function onUpload(
  event: z.output<typeof onUploadInputSchema>,
  dependencies: OnUploadDependencies,
): Promise<OnUploadOutput> {
  if (event['detail-type'] === 'Run Ended') return tellRefusal(event.detail, dependencies);
  const { bucket, object } = event.detail;
  if (bucket.name !== dependencies.store.bucket) {
    return { did: 'nothing', reason: `the object is in ${bucket.name}, not in ${dependencies.store.bucket}` };
  }
  const isRequest = object.key.startsWith(dependencies.requestsPrefix) && object.key.endsWith('.json');
  return isRequest ? startRequest(object, dependencies) : noteMedia(object, dependencies);
}
