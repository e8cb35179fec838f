import { refuse } from './errors.ts';
import type { StoredObject } from './object-store.ts';
import type { Call } from './operation.ts';

const matches = (list: string, etag: string) =>
  list.split(',').some((entry) => ['*', etag].includes(entry.trim().replaceAll('"', '')));

type Headers = Call['headers'];

const refuseCondition = () =>
  refuse('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.', 412);

/** Whether the reader has the object already, by the conditions of a read. @throws PreconditionFailed */
export function isNotModified({ etag }: StoredObject, { 'if-match': ifMatch, 'if-none-match': ifNoneMatch }: Headers) {
  if (ifMatch !== undefined && !matches(ifMatch, etag)) refuseCondition();
  return ifNoneMatch !== undefined && matches(ifNoneMatch, etag);
}

/** Judges the condition of a copy on its source. @throws PreconditionFailed */
export function checkCopyCondition({ etag }: StoredObject, { 'x-amz-copy-source-if-match': ifMatch = etag }: Headers) {
  if (!matches(ifMatch, etag)) refuseCondition();
}

/** Judges the conditions of a write. @throws PreconditionFailed, NoSuchKey, NotImplemented, AccessDenied */
export function checkWriteConditions(call: Call) {
  const { key, headers } = call;
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (![undefined, '*'].includes(ifNoneMatch))
    refuse('NotImplemented', `If-None-Match is ${ifNoneMatch}, expected "*".`, 501);
  // Documented for deletes, for writes UNVERIFIED:
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
  if (ifMatch !== undefined) call.authorize('GetObject', call);
  const found = call.store.find(call.bucket, key);
  const current = found?.isMarker ? undefined : found;
  if (ifMatch !== undefined && !current) refuse('NoSuchKey', `If-Match is ${ifMatch}, but there is no object.`, 404);
  if (current && (ifNoneMatch !== undefined || !matches(ifMatch ?? '*', current.etag))) refuseCondition();
}
