import { refuse } from './errors.ts';
import { type StoredObject, versionIdOf } from './object-store.ts';
import type { Call, Operation } from './operation.ts';
import type { XmlContent } from './xml.ts';

/** The last key of the page before, and its number if older versions and delete markers are listed too. */
type Start = { after: string; afterId?: number };

/** One page of a listing, in UTF-8 byte order, with the elements that all of S3's listings share. */
export function page({ store, query }: Call, space: string, what: 'Keys' | 'Parts' | 'Uploads', start: Start) {
  const parameter = `max-${what.toLowerCase()}`;
  const { prefix = '', delimiter = '', [parameter]: limit = '1000', ...rest } = Object.fromEntries(query);
  const encoding = rest['encoding-type'];
  if (!/^\d{1,10}$/.test(limit)) refuse('InvalidArgument', `${parameter} is "${limit}", expected a number.`);
  if (![undefined, 'url'].includes(encoding))
    refuse('InvalidArgument', `encoding-type is "${encoding}", expected "url".`);
  const encode = (text: string) => (encoding ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const behind = (name: string) => Buffer.concat([Buffer.from(name), Buffer.of(0xff)]);
  const [first, after] = [Buffer.from(prefix), Buffer.from(start.after)];
  const max = Math.min(Number(limit), 1000);
  const found: { name: string; object?: StoredObject }[] = [];
  let [from, below] = first.compare(after) <= 0 ? [after, start.afterId ?? 0] : [first, Number.MAX_SAFE_INTEGER];
  while (found.length <= max) {
    const [object] = store.scan(space, from, below, behind(prefix));
    if (!object) break;
    [from, below] = [Buffer.from(object.key), start.afterId === undefined ? 0 : object.id];
    const at = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const common = object.key.slice(0, at + delimiter.length);
    if (start.afterId === undefined && object.isMarker) continue;
    if (at < 0) found.push({ name: object.key, object });
    else [from, below] = [behind(common), Number.MAX_SAFE_INTEGER];
    // S3 skips a common prefix that is not greater than the start of the page.
    if (at >= 0 && after.compare(Buffer.from(common)) < 0) found.push({ name: common });
  }
  const listed = found.slice(0, max);
  const last = found.length > max ? listed.at(-1) : undefined;
  const shared = {
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: encoding,
    [`Max${what}`]: max,
    IsTruncated: last !== undefined,
    CommonPrefixes: listed.flatMap(({ name, object }) => (object ? [] : { Prefix: encode(name) })),
  };
  return { objects: listed.flatMap(({ object }) => object ?? []), last, encode, shared };
}

const describe = (object: StoredObject, encode: (text: string) => string) => ({
  Key: encode(object.key),
  LastModified: new Date(object.modified).toISOString(),
  ETag: `"${object.etag}"`,
  ChecksumAlgorithm: object.checksum?.algorithm.toUpperCase(),
  ChecksumType: object.checksum?.type,
  Size: object.size,
  StorageClass: object.properties['x-amz-storage-class'] || 'STANDARD',
});

const tokenOf = (name: string) => Buffer.from(name).toString('base64url');

export const listObjectsV2: Operation = (call) => {
  const { query, bucket } = call;
  const token = query.get('continuation-token');
  const StartAfter = query.get('start-after') ?? '';
  const after = token === null ? StartAfter : Buffer.from(token, 'base64url').toString();
  if (token !== null && tokenOf(after) !== token)
    refuse('InvalidArgument', `"${token}" is no continuation token of this S3.`);
  const { objects, last, encode, shared } = page(call, bucket, 'Keys', { after });
  const position = { StartAfter: encode(StartAfter), NextContinuationToken: last && tokenOf(last.name) };
  const Contents = objects.map((object) => describe(object, encode));
  const KeyCount = Contents.length + shared.CommonPrefixes.length;
  return { xml: ['ListBucketResult', { Name: bucket, ...position, ...shared, KeyCount, Contents }] };
};

/** A page of a listing whose items have IDs beside their keys, and markers for both. */
function pageOfIds(call: Call, space: string, kind: 'Version' | 'Upload') {
  const [after = '', id = ''] = ['key', `${kind.toLowerCase()}-id`].map(
    (name) => call.query.get(`${name}-marker`) ?? '',
  );
  const found = page(call, space, kind === 'Upload' ? 'Uploads' : 'Keys', {
    after,
    afterId: Number.parseInt(id, 16) || 0,
  });
  const { last, encode } = found;
  const start = { KeyMarker: encode(after), [`${kind}IdMarker`]: id };
  // The number, not the version ID: the next page can start after a version that was deleted meanwhile.
  const next = last && { NextKeyMarker: encode(last.name), [`Next${kind}IdMarker`]: last.object?.id.toString(16) };
  return { ...found, shared: { ...start, ...next, ...found.shared } };
}

export const listObjectVersions: Operation = (call) => {
  const { objects, encode, shared } = pageOfIds(call, call.bucket, 'Version');
  const [Version, DeleteMarker]: [XmlContent[], XmlContent[]] = [[], []];
  let before = call.query.get('key-marker');
  for (const object of objects) {
    const described = { ...describe(object, encode), VersionId: versionIdOf(object), IsLatest: object.key !== before };
    before = object.key;
    (object.isMarker ? DeleteMarker : Version).push(described);
  }
  return { xml: ['ListVersionsResult', { Name: call.bucket, ...shared, Version, DeleteMarker }] };
};

/** The space of a bucket's multipart uploads, by the keys of their objects. */
export const uploadsOf = (bucket: string) => `${bucket}/uploads`;

export const listMultipartUploads: Operation = (call) => {
  const { objects, encode, shared } = pageOfIds(call, uploadsOf(call.bucket), 'Upload');
  const Upload = objects.map((upload) => ({
    Key: encode(upload.key),
    UploadId: versionIdOf(upload),
    Initiated: new Date(upload.modified).toISOString(),
  }));
  return { xml: ['ListMultipartUploadsResult', { Bucket: call.bucket, ...shared, Upload }] };
};
