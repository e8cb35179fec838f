import type { Store, StoredObject } from './object-store.ts';
import { type Call, refuse } from './operation.ts';

const matches = (list: string, etag: string) =>
  list.split(',').some((entry) => ['*', etag].includes(entry.trim().replaceAll('"', '')));

/** @throws PreconditionFailed */
export const refuseCondition = () =>
  refuse('PreconditionFailed', 412, 'A condition of the request does not hold for the object as it is now.');

/**
 * Judges the conditions of a read in the order of RFC 9110, those on a copy's source under their `prefix`.
 *
 * @returns whether the reader has the object already
 * @throws PreconditionFailed
 */
export function isNotModified({ etag, modified }: StoredObject, headers: Call['headers'], prefix = ''): boolean {
  const [ifMatch, ifNoneMatch] = [headers[`${prefix}if-match`], headers[`${prefix}if-none-match`]];
  // A missing or wrong date is NaN, for which no comparison holds.
  const date = (name: string) => Date.parse(headers[prefix + name] ?? '');
  if (ifMatch === undefined ? modified > date('if-unmodified-since') : !matches(ifMatch, etag)) refuseCondition();
  return ifNoneMatch === undefined ? modified <= date('if-modified-since') : matches(ifNoneMatch, etag);
}

/** Judges the conditions of a write or a delete. @throws PreconditionFailed, NoSuchKey, NotImplemented */
export function checkWriteConditions(
  store: Store,
  bucket: string,
  key: string,
  ifMatch?: string,
  ifNoneMatch?: string,
) {
  if (ifMatch === undefined && ifNoneMatch === undefined) return;
  if (![undefined, '*'].includes(ifNoneMatch))
    refuse('NotImplemented', 501, `If-None-Match of a write is ${ifNoneMatch}, S3 takes only "*".`);
  const found = store.find(bucket, key);
  const current = found?.isMarker ? undefined : found;
  if (!current && ifMatch !== undefined)
    refuse('NoSuchKey', 404, `If-Match expects ${ifMatch}, but the object does not exist.`);
  if (current && (ifNoneMatch !== undefined || !matches(ifMatch ?? '*', current.etag))) refuseCondition();
}
