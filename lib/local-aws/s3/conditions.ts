import { refuse } from './errors.ts';
import type { StoredObject } from './object-store.ts';
import type { Call } from './operation.ts';

const matches = (list: string, etag: string) =>
  list.split(',').some((entry) => ['*', etag].includes(entry.trim().replaceAll('"', '')));

/** @throws PreconditionFailed */
export const refuseCondition = () =>
  refuse('PreconditionFailed', 'A condition of the request does not hold for the object as it is now.', 412);

/**
 * Whether the reader has the object already, by the conditions of a read in the order of RFC 9110; those on a copy's
 * source have a `prefix`. @throws PreconditionFailed
 */
export function isNotModified({ etag, modified }: StoredObject, headers: Call['headers'], prefix = ''): boolean {
  const [ifMatch, ifNoneMatch] = [headers[`${prefix}if-match`], headers[`${prefix}if-none-match`]];
  // A missing or wrong date is NaN, for which no comparison holds.
  const date = (name: string) => Date.parse(headers[prefix + name] ?? '');
  if (ifMatch === undefined ? modified > date('if-unmodified-since') : !matches(ifMatch, etag)) refuseCondition();
  return ifNoneMatch === undefined ? modified <= date('if-modified-since') : matches(ifNoneMatch, etag);
}

/** Judges the conditions of a write or a delete. @throws PreconditionFailed, NoSuchKey, NotImplemented, AccessDenied */
export function checkWriteConditions(call: Call, key: string, ifMatch?: string, ifNoneMatch?: string) {
  if (![undefined, '*'].includes(ifNoneMatch))
    refuse('NotImplemented', `If-None-Match is ${ifNoneMatch}, expected "*".`, 501);
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html; nobody says it of "*".
  if (ifMatch !== undefined) call.authorize('GetObject', { bucket: call.bucket, key });
  const found = call.store.find(call.bucket, key);
  const current = found?.isMarker ? undefined : found;
  if (ifMatch !== undefined && !current) refuse('NoSuchKey', `If-Match is ${ifMatch}, but there is no object.`, 404);
  if (current && (ifNoneMatch !== undefined || !matches(ifMatch ?? '*', current.etag))) refuseCondition();
}
