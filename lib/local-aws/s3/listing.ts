import { type Store, type StoredObject, versionIdOf } from './object-store.ts';
import { type Call, type Operation, refuse } from './operation.ts';
import type { XmlContent } from './xml.ts';

interface Listing {
  space: string;
  /** The element that the page before ended with; of a version also its number, as older ones follow. */
  after: string;
  afterId?: number;
  /** The query parameter that limits the page. */
  limit: 'max-keys' | 'max-parts' | 'max-uploads';
  /** Whether older versions and delete markers are listed too. */
  versions: boolean;
}

const firstBehind = (prefix: string) => Buffer.concat([Buffer.from(prefix), Buffer.of(0xff)]);

/** Reads a listing one by one: versions of objects, and common prefixes, whose keys are skipped and not read. */
function* elements(store: Store, { space, after, afterId = 0, versions }: Listing, prefix: string, delimiter: string) {
  const start = Buffer.from(after);
  const isInside = after !== '' && Buffer.compare(start, Buffer.from(prefix)) >= 0;
  let [from, below] = isInside ? [start, afterId] : [Buffer.from(prefix), Number.MAX_SAFE_INTEGER];
  let name = after;
  let common: string;
  do {
    common = '';
    for (const object of store.scan(space, from, below, firstBehind(prefix))) {
      const isLatest = object.key !== name;
      name = object.key;
      if (!versions && (!isLatest || object.isMarker)) continue;
      const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      common = cut < 0 ? '' : name.slice(0, cut + delimiter.length);
      if (common !== '') break;
      yield { name, object };
    }
    [from, below] = [firstBehind(common), Number.MAX_SAFE_INTEGER];
    // S3 leaves out a common prefix that is not greater than where the page starts.
    if (common !== '' && Buffer.compare(Buffer.from(common), start) > 0) yield { name: common };
  } while (common !== '');
}

/** One page of a listing, in UTF-8 byte order, with the elements that all of S3's listings share. */
export function page(store: Store, { query }: Call, listing: Listing) {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const [limit, encoding] = [query.get(listing.limit) ?? '1000', query.get('encoding-type') ?? ''];
  if (!/^\d{1,10}$/.test(limit)) refuse('InvalidArgument', 400, `${listing.limit} is "${limit}", expected a number.`);
  if (!['', 'url'].includes(encoding))
    refuse('InvalidArgument', 400, `encoding-type is "${encoding}", expected "url".`);
  const max = Math.min(Number(limit), 1000);
  const listed: { name: string; object?: StoredObject }[] = [];
  let isTruncated = false;
  for (const element of elements(store, listing, prefix, delimiter)) {
    isTruncated = listed.length === max;
    if (isTruncated) break;
    listed.push(element);
  }
  const encode = (text: string) => (encoding === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  return {
    encode,
    next: isTruncated ? listed.at(-1) : undefined,
    objects: listed.flatMap(({ object }) => object ?? []),
    shared: {
      Prefix: encode(prefix),
      Delimiter: delimiter === '' ? undefined : encode(delimiter),
      EncodingType: encoding === '' ? undefined : encoding,
      MaxKeys: max,
      IsTruncated: isTruncated && max > 0,
      CommonPrefixes: listed.flatMap(({ name, object }) => (object ? [] : { Prefix: encode(name) })),
    },
  };
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

/** ListObjectsV2 and, without `list-type=2`, ListObjects. */
export const listObjects: Operation = (store, call) => {
  const { query, bucket } = call;
  const isV2 = query.get('list-type') === '2';
  const token = isV2 ? query.get('continuation-token') : null;
  const given = query.get(isV2 ? 'start-after' : 'marker') ?? '';
  const after = token === null ? given : Buffer.from(token, 'base64url').toString();
  if (token !== null && tokenOf(after) !== token)
    refuse('InvalidArgument', 400, `The continuation token "${token}" is none that this S3 gave.`);
  const { objects, next, encode, shared } = page(store, call, {
    space: bucket,
    after,
    limit: 'max-keys',
    versions: false,
  });
  const Contents = objects.map((object) => describe(object, encode));
  // One answer for both: each reads only its own elements.
  const v1 = { Marker: encode(given), NextMarker: next && encode(next.name) };
  const v2 = { StartAfter: encode(given), NextContinuationToken: next && tokenOf(next.name) };
  const KeyCount = Contents.length + shared.CommonPrefixes.length;
  return { xml: ['ListBucketResult', { Name: bucket, ...shared, KeyCount, ...v1, ...v2, Contents }] };
};

const tokenOf = (name: string) => Buffer.from(name).toString('base64url');

/** A page of what has IDs beside keys, with the markers that S3 names after these IDs. */
function pageOfIds(store: Store, call: Call, space: string, kind: 'version' | 'upload', limit: Listing['limit']) {
  const [after, idMarker] = [call.query.get('key-marker') ?? '', call.query.get(`${kind}-id-marker`) ?? ''];
  const listing = { space, after, afterId: Number.parseInt(idMarker, 16) || 0, limit, versions: true };
  const { next, shared, ...found } = page(store, call, listing);
  const name = kind === 'version' ? 'VersionIdMarker' : 'UploadIdMarker';
  const keys = { KeyMarker: found.encode(after), NextKeyMarker: next && found.encode(next.name) };
  // The number, not the version ID: what is deleted before the next page is asked for still has its place.
  return { ...found, shared: { ...shared, ...keys, [name]: idMarker, [`Next${name}`]: next?.object?.id.toString(16) } };
}

export const listObjectVersions: Operation = (store, call) => {
  const { objects, encode, shared } = pageOfIds(store, call, call.bucket, 'version', 'max-keys');
  const [Version, DeleteMarker]: [XmlContent[], XmlContent[]] = [[], []];
  let before = call.query.get('key-marker');
  for (const object of objects) {
    const described = { ...describe(object, encode), VersionId: versionIdOf(object), IsLatest: object.key !== before };
    before = object.key;
    (object.isMarker ? DeleteMarker : Version).push(described);
  }
  return { xml: ['ListVersionsResult', { Name: call.bucket, ...shared, Version, DeleteMarker }] };
};

/** The space of a bucket's multipart uploads, whose keys are those of the objects to be. */
export const uploadsOf = (bucket: string) => `${bucket}/uploads`;

export const listMultipartUploads: Operation = (store, call) => {
  const { objects, encode, shared } = pageOfIds(store, call, uploadsOf(call.bucket), 'upload', 'max-uploads');
  const Upload = objects.map((upload) => ({
    Key: encode(upload.key),
    UploadId: versionIdOf(upload),
    Initiated: new Date(upload.modified).toISOString(),
  }));
  return { xml: ['ListMultipartUploadsResult', { Bucket: call.bucket, ...shared, Upload }] };
};
