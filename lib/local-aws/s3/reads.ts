import { checksumElements, checksumHeaders } from './checksums.ts';
import { isNotModified } from './conditions.ts';
import { refuse } from './errors.ts';
import { type StoredObject, versionHeader } from './object-store.ts';
import { openObject, requireObject } from './objects.ts';
import type { Operation } from './operation.ts';

type Range = [first: number, last: number];

/** The bytes that a Range header asks for, or undefined for all of them. @throws InvalidRange */
export function rangeOf(header = '', { size }: StoredObject): Range | undefined {
  // Anything but one range is answered with the whole object.
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first + last === '' || (first !== '' && last !== '' && Number(last) < Number(first))) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  if (start >= size) refuse('InvalidRange', `The range ${header} begins after the object's ${size} bytes.`, 416);
  return [start, first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)];
}

function rangeOfPart(partNumber: string, { size, parts = [size] }: StoredObject): Range {
  const start = parts.slice(0, Number(partNumber) - 1).reduce((sum, bytes) => sum + bytes, 0);
  const length = parts[Number(partNumber) - 1];
  return length !== undefined
    ? [start, start + length - 1]
    : refuse('InvalidPartNumber', `There is no part ${partNumber}: the object has ${parts.length}.`, 416);
}

/** GetObject, and HeadObject, which is the same without the bytes. */
export const getObject: Operation = (call) => {
  const { query, http } = call;
  const object = requireObject(call);
  const { etag, modified, size, parts, tags } = object;
  const partNumber = query.get('partNumber');
  const headers = {
    ...object.properties,
    etag: `"${etag}"`,
    'last-modified': new Date(modified).toUTCString(),
    'accept-ranges': 'bytes',
    ...versionHeader(object),
    'x-amz-tagging-count': Object.keys(tags).length || undefined,
    'x-amz-mp-parts-count': partNumber === null ? undefined : parts?.length,
  };
  if (isNotModified(object, call.headers)) return { status: 304, headers };
  const range = partNumber === null ? rangeOf(call.headers.range, object) : rangeOfPart(partNumber, object);
  const [start, end] = range ?? [0, size - 1];
  // The checksum is of the whole object: a client would compare it with its range.
  const wantsChecksum = !range && call.headers['x-amz-checksum-mode'] === 'ENABLED';
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      ...(wantsChecksum && checksumHeaders(object.checksum)),
      'content-range': range && `bytes ${start}-${end}/${size}`,
      'content-length': end - start + 1,
    },
    body: http.method === 'HEAD' ? undefined : openObject(call, object, start, end),
  };
};

export const getObjectAttributes: Operation = (call) => {
  const { etag, checksum, parts, properties, size, modified } = requireObject(call);
  const StorageClass = properties['x-amz-storage-class'] || 'STANDARD';
  const ObjectParts = parts && { PartsCount: parts.length };
  const known = { ETag: etag, Checksum: checksumElements(checksum), ObjectParts, StorageClass, ObjectSize: size };
  const wanted = (call.headers['x-amz-object-attributes'] ?? '').split(/\s*,\s*/);
  const attributes = Object.fromEntries(Object.entries(known).filter(([name]) => wanted.includes(name)));
  const headers = { 'last-modified': new Date(modified).toUTCString() };
  return { xml: ['GetObjectAttributesResponse', attributes], headers };
};

export const getObjectTagging: Operation = (call) => {
  const Tag = Object.entries(requireObject(call).tags).map(([Key, Value]) => ({ Key, Value }));
  return { xml: ['Tagging', { TagSet: { Tag } }] };
};
