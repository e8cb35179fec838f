import type * as z from 'zod';
import type { OnUploadOutput, onUploadInputSchema } from './events.ts';
import { type NoteMediaDependencies, noteMedia } from './note-media.ts';
import { explainRefusal, type StartRequestDependencies, startRequest } from './start-request.ts';

export interface OnUploadDependencies extends StartRequestDependencies, NoteMediaDependencies {
  store: StartRequestDependencies['store'] & { bucket: string };
  table: StartRequestDependencies['table'] & NoteMediaDependencies['table'];
  /** The prefix of uploaded requests; ends in a slash. */
  requestsPrefix: string;
}

/** Starts the run of an uploaded request, or records uploaded media for the next run. Safe to repeat. */
export async function onUpload(
  event: z.output<typeof onUploadInputSchema>,
  dependencies: OnUploadDependencies,
): Promise<OnUploadOutput> {
  if (event['detail-type'] === 'Run Ended') return explainRefusal(event.detail, dependencies);
  const { bucket, object } = event.detail;
  if (bucket.name !== dependencies.store.bucket) {
    return { action: 'none', reason: `the object is in ${bucket.name}, not in ${dependencies.store.bucket}` };
  }
  const isRequest = object.key.startsWith(dependencies.requestsPrefix) && object.key.endsWith('.json');
  return isRequest ? startRequest(object, dependencies) : noteMedia(object, dependencies);
}
