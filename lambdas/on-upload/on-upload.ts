import type * as z from 'zod';
import type { OnUploadOutput, onUploadInputSchema } from './events.ts';
import { type NoteMediaDependencies, noteMedia } from './note-media.ts';
import { type StartRequestDependencies, startRequest } from './start-request.ts';
import { type TellRefusalDependencies, tellRefusal } from './tell-refusal.ts';

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
