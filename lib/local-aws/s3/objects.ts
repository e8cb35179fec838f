import { isDeepStrictEqual } from 'node:util';
import type { Body } from './body-files.ts';
import { type Algorithm, algorithmOf, checksumElements, checksumHeaders } from './checksums.ts';
import { checkWriteConditions, isNotModified, refuseCondition } from './conditions.ts';
import { type NewObject, type ObjectCreated, type Store, type StoredObject, versionIdOf } from './object-store.ts';
import { type Call, type Operation, refuse, urlDecode } from './operation.ts';
import { maxPutBytes, receiveBody } from './request-body.ts';
import { tagsOf } from './tagging.ts';

const archiveClasses = ['GLACIER', 'DEEP_ARCHIVE'];
const storageClasses = 'STANDARD STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER_IR REDUCED_REDUNDANCY'.split(' ');
const kept =
  /^(cache-control|content-(disposition|encoding|language|type)|expires|x-amz-(meta-.+|server-side-encryption.*))$/;

/** What a request says about the object that it makes. @throws InvalidStorageClass, InvalidTag */
export function describedBy({ headers }: Call) {
  const storageClass = headers['x-amz-storage-class'] ?? 'STANDARD';
  if (![...storageClasses, ...archiveClasses].includes(storageClass))
    refuse('InvalidStorageClass', 400, `S3 has no storage class "${storageClass}".`);
  const properties: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value = ''] of Object.entries(headers)) if (kept.test(name)) properties[name] = value;
  // How a body was sent is no property of the object.
  properties['content-encoding'] = (headers['content-encoding'] ?? '').replace(/\s*,?\s*aws-chunked\s*,?/, '');
  properties['x-amz-storage-class'] = storageClass === 'STANDARD' ? '' : storageClass;
  return { properties, tags: tagsOf([...new URLSearchParams(headers['x-amz-tagging'])]) };
}

type Named = Pick<Call, 'bucket' | 'key' | 'versionId'>;

/** The object that a request names. @throws NoSuchKey, NoSuchVersion, MethodNotAllowed */
export function requireObject(store: Store, { bucket, key, versionId }: Named): StoredObject {
  const object = store.find(bucket, key, versionId);
  if (object && !object.isMarker) return object;
  if (versionId === undefined) refuse('NoSuchKey', 404, `The key "${key}" does not exist in the bucket "${bucket}".`);
  if (object) refuse('MethodNotAllowed', 405, `Version ${versionId} of "${key}" is a delete marker.`);
  return refuse('NoSuchVersion', 404, `The key "${key}" has no version "${versionId}".`);
}

/** Opens an object's bytes. @throws InvalidObjectState for an archived one */
export function openObject(store: Store, object: StoredObject, start?: number, end?: number) {
  const storageClass = object.properties['x-amz-storage-class'] ?? '';
  if (archiveClasses.includes(storageClass))
    refuse('InvalidObjectState', 403, `"${object.key}" is in ${storageClass}: it must be restored before it is read.`);
  return store.read(object, start, end);
}

/** What a body that came in one piece says about its object. */
export const inOnePiece = (body: Body, algorithm: Algorithm) => ({
  etag: body.digest('md5', 'hex'),
  checksum: { algorithm, value: body.digest(algorithm, 'base64'), type: 'FULL_OBJECT' as const },
  body,
});

/** Puts a complete object into its bucket, if the request's conditions hold, and tells who wants to know. */
export function commit(store: Store, { bucket, key, headers }: Call, reason: ObjectCreated['reason'], made: NewObject) {
  const { versioning, eventBridge } = store.bucket(bucket).properties;
  checkWriteConditions(store, bucket, key, headers['if-match'], headers['if-none-match']);
  const object = store.put(bucket, key, { ...made, versioned: versioning === 'Enabled' });
  const { id, size, etag } = object;
  const versionId = object.versioned ? versionIdOf(object) : undefined;
  const sequencer = id.toString(16).padStart(18, '0').toUpperCase();
  if (eventBridge) store.onObjectCreated({ bucket, key, size, etag, versionId, sequencer, reason });
  return { object, versionHeaders: { 'x-amz-version-id': versionId } };
}

export const putObject: Operation = (store, call) => {
  const description = describedBy(call);
  const algorithm = algorithmOf(call.headers);
  return receiveBody(store, call, algorithm, (body) => {
    const made = { ...description, ...inOnePiece(body, algorithm) };
    const { object, versionHeaders } = commit(store, call, 'PutObject', made);
    return { headers: { etag: `"${object.etag}"`, ...versionHeaders, ...checksumHeaders(object.checksum) } };
  });
};

/** The object that a copy reads. @throws InvalidArgument, PreconditionFailed, and what `requireObject` throws */
export function copySource(store: Store, { headers }: Call): StoredObject {
  const [path = '', versionId] = (headers['x-amz-copy-source'] ?? '').split('?versionId=');
  const [, bucket = '', key] = /^\/?([^/]+)\/(.+)$/s.exec(urlDecode(path)) ?? [];
  if (key === undefined) return refuse('InvalidArgument', 400, `The copy source is "${path}", expected bucket/key.`);
  const source = requireObject(store, { bucket: store.bucket(bucket).key, key, versionId });
  return isNotModified(source, headers, 'x-amz-copy-source-') ? refuseCondition() : source;
}

/** What a response to a copy tells about the copy. */
export const copyResult = ({ etag, modified, checksum }: StoredObject) => ({
  ETag: `"${etag}"`,
  LastModified: new Date(modified).toISOString(),
  ...checksumElements(checksum),
});

export const copyObject: Operation = (store, call) => {
  const { bucket, key, headers } = call;
  const replaces = (what: 'metadata' | 'tagging') => {
    const directive = headers[`x-amz-${what}-directive`] ?? 'COPY';
    const isKnown = ['COPY', 'REPLACE'].includes(directive);
    if (!isKnown) refuse('InvalidArgument', 400, `The ${what} directive is "${directive}", expected COPY or REPLACE.`);
    return directive === 'REPLACE';
  };
  const source = copySource(store, call);
  if (source.size > maxPutBytes) refuse('InvalidRequest', 400, 'The copy source is over 5 GiB: copy it in parts.');
  const described = describedBy(call);
  // The storage class is never copied.
  const inherited = { ...source.properties, 'x-amz-storage-class': described.properties['x-amz-storage-class'] ?? '' };
  const properties = replaces('metadata') ? described.properties : inherited;
  const tags = replaces('tagging') ? described.tags : source.tags;
  const isItself = store.find(bucket, key)?.id === source.id;
  if (isItself && isDeepStrictEqual(properties, source.properties))
    refuse('InvalidRequest', 400, 'A copy of an object to itself must change its metadata or storage class.');
  const algorithm = algorithmOf(headers, source.checksum?.algorithm);
  return store.receive(openObject(store, source), ['md5', algorithm], (body) => {
    const made = { properties, tags, ...inOnePiece(body, algorithm) };
    const { object, versionHeaders } = commit(store, call, 'CopyObject', made);
    const sourceVersion = source.versioned ? versionIdOf(source) : undefined;
    const copied = { 'x-amz-copy-source-version-id': sourceVersion };
    return { xml: ['CopyObjectResult', copyResult(object)], headers: { ...versionHeaders, ...copied } };
  });
};
