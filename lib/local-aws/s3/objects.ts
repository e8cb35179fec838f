import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Body } from './body-files.ts';
import { type Algorithm, algorithmOf, checksumElements, checksumHeaders } from './checksums.ts';
import { checkCopyCondition, checkWriteConditions } from './conditions.ts';
import { refuse } from './errors.ts';
import { type CreatedBy, type NewObject, type StoredObject, versionHeader } from './object-store.ts';
import type { Call, Operation, Target } from './operation.ts';
import { maxPutBytes, receiveBody, receiveXml } from './request-body.ts';

const archives = ['GLACIER', 'DEEP_ARCHIVE'];
const live = ['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'REDUCED_REDUNDANCY'];
const kept =
  /^(cache-control|content-(disposition|encoding|language|type)|expires|x-amz-(meta-.+|server-side-encryption.*))$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html @throws InvalidTag, BadRequest */
function tagsOf(pairs: [key: string, value: string][]): Record<string, string> {
  for (const [key, value] of pairs)
    if (!/^[\p{L}\p{N}\p{Z}._:/=+@-]{1,128}$/u.test(key) || !/^[\p{L}\p{N}\p{Z}._:/=+@-]{0,256}$/u.test(value))
      refuse('InvalidTag', `The tag "${key}" = "${value}" is too long or has a character that tags may not have.`);
  const tags = Object.fromEntries(pairs);
  if (pairs.length > 10) refuse('BadRequest', `There are ${pairs.length} tags, an object has at most 10.`);
  if (Object.keys(tags).length < pairs.length) refuse('InvalidTag', 'Two tags have the same key.');
  return tags;
}

/** What a request says about the object that it makes. @throws InvalidStorageClass, AccessDenied, and those of tags */
export function describedBy(call: Call) {
  const { headers } = call;
  const storageClass = headers['x-amz-storage-class'] ?? 'STANDARD';
  if (![...live, ...archives].includes(storageClass)) refuse('InvalidStorageClass', `S3 has no ${storageClass}.`);
  const properties: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value = ''] of Object.entries(headers)) if (kept.test(name)) properties[name] = value;
  // How a body was sent is no property of the object.
  properties['content-encoding'] = (headers['content-encoding'] ?? '').replace(/\s*,?\s*aws-chunked\s*,?/, '');
  properties['x-amz-storage-class'] = storageClass === 'STANDARD' ? '' : storageClass;
  const tags = tagsOf([...new URLSearchParams(headers['x-amz-tagging'])]);
  if (Object.keys(tags).length > 0) call.authorize('PutObjectTagging', call);
  return { properties, tags };
}

/** The object of a request, or another one. @throws NoSuchKey, NoSuchVersion, MethodNotAllowed, AccessDenied */
export function requireObject(call: Call, { bucket, key = '', versionId }: Target = call): StoredObject {
  const object = call.store.find(bucket, key, versionId);
  if (object && !object.isMarker) return object;
  if (object && versionId !== undefined) refuse('MethodNotAllowed', `Version ${versionId} is a delete marker.`, 405);
  // Without this permission S3 does not say that the key is missing:
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  call.authorize('ListBucket', { bucket });
  if (versionId !== undefined) refuse('NoSuchVersion', `The key "${key}" has no version "${versionId}".`, 404);
  return refuse('NoSuchKey', `The key "${key}" does not exist in the bucket "${bucket}".`, 404);
}

/** Opens an object's bytes. @throws InvalidObjectState for an archived one */
export function openObject(call: Call, object: StoredObject, start?: number, end?: number) {
  const storageClass = object.properties['x-amz-storage-class'] ?? '';
  if (archives.includes(storageClass))
    refuse('InvalidObjectState', `"${object.key}" is in ${storageClass}: it must be restored before it is read.`, 403);
  return call.store.read(object, start, end);
}

/** ETag and checksum of an object whose body came in one piece. */
export const inOnePiece = (body: Body, algorithm: Algorithm) => ({
  etag: body.digest('md5', 'hex'),
  checksum: { algorithm, value: body.digest(algorithm, 'base64'), type: 'FULL_OBJECT' as const },
  body,
});

/** Stores a complete object, if the request's conditions hold, and sends its event. */
export function commit(call: Call, reason: CreatedBy, made: NewObject): StoredObject {
  const { store, bucket, key, http } = call;
  const { versioning, eventBridge } = store.bucket(bucket).properties;
  checkWriteConditions(call);
  const object = store.put(bucket, key, { ...made, versioned: versioning === 'Enabled' });
  if (eventBridge) store.announce(bucket, object, reason, http.socket.remoteAddress);
  return object;
}

export const putObject: Operation = (call) => {
  const [described, algorithm] = [describedBy(call), algorithmOf(call.headers) ?? 'crc64nvme'];
  return receiveBody(call, algorithm, (body) => {
    const object = commit(call, 'PutObject', { ...described, ...inOnePiece(body, algorithm) });
    return { headers: { etag: `"${object.etag}"`, ...versionHeader(object), ...checksumHeaders(object.checksum) } };
  });
};

const tagSchema = z.object({ Key: z.string(), Value: z.string() });
// An empty element is read as empty text.
const tagSetSchema = z.object({ Tag: z.array(tagSchema) }).or(z.literal('').transform(() => ({ Tag: [] })));

export const putObjectTagging: Operation = async (call) => {
  const { TagSet } = await receiveXml(call, 'Tagging', z.object({ TagSet: tagSetSchema }));
  call.store.update({ ...requireObject(call), tags: tagsOf(TagSet.Tag.map(({ Key, Value }) => [Key, Value])) });
  return {};
};

/** The object that a copy reads. @throws InvalidArgument, PreconditionFailed, and what `requireObject` throws */
export function copySource(call: Call): [StoredObject, Target] {
  const [path = '', versionId] = (call.headers['x-amz-copy-source'] ?? '').split('?versionId=');
  // A plus sign that is not encoded is a space: https://github.com/aws/aws-sdk-js/issues/1821
  const decoded = decodeURIComponent(path.replaceAll('+', ' '));
  const [, bucket = '', key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded) ?? [];
  if (key === undefined) return refuse('InvalidArgument', `The copy source is "${path}", expected bucket/key.`);
  const target = { bucket, key, versionId };
  call.authorize('GetObject', target);
  call.store.bucket(bucket);
  const source = requireObject(call, target);
  checkCopyCondition(source, call.headers);
  return [source, target];
}

/** A copy as a response describes it. */
export const copyResult = ({ etag, modified, checksum }: StoredObject) => ({
  ETag: `"${etag}"`,
  LastModified: new Date(modified).toISOString(),
  ...checksumElements(checksum),
});

function replaces(what: 'metadata' | 'tagging', { headers }: Call): boolean {
  const directive = headers[`x-amz-${what}-directive`] ?? 'COPY';
  if (['COPY', 'REPLACE'].includes(directive)) return directive === 'REPLACE';
  return refuse('InvalidArgument', `The ${what} directive is "${directive}", expected COPY or REPLACE.`);
}

export const copyObject: Operation = (call) => {
  const { store, bucket, key, headers } = call;
  const [source, target] = copySource(call);
  if (source.size > maxPutBytes) refuse('InvalidRequest', 'The copy source is over 5 GiB: copy it in parts.');
  const described = describedBy(call);
  // The storage class is never copied.
  const inherited = { ...source.properties, 'x-amz-storage-class': described.properties['x-amz-storage-class'] ?? '' };
  const properties = replaces('metadata', call) ? described.properties : inherited;
  const tags = replaces('tagging', call) ? described.tags : source.tags;
  if (tags === source.tags && Object.keys(tags).length > 0) {
    call.authorize('GetObjectTagging', target);
    call.authorize('PutObjectTagging', call);
  }
  const isItself = store.find(bucket, key)?.id === source.id;
  if (isItself && isDeepStrictEqual(properties, source.properties))
    refuse('InvalidRequest', 'A copy of an object to itself must change its metadata or storage class.');
  const algorithm = algorithmOf(headers) ?? source.checksum?.algorithm ?? 'crc64nvme';
  return store.receive(openObject(call, source), ['md5', algorithm], (body) => {
    const copy = commit(call, 'CopyObject', { properties, tags, ...inOnePiece(body, algorithm) });
    const versions = { ...versionHeader(copy), ...versionHeader(source, 'x-amz-copy-source-version-id') };
    return { xml: ['CopyObjectResult', copyResult(copy)], headers: versions };
  });
};
