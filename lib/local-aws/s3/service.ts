import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type AwsRequest, notSimulated, type Service, ServiceError } from '../service.ts';
import * as buckets from './buckets.ts';
import { deleteObject, deleteObjects } from './deletes.ts';
import { errorOf, refuse } from './errors.ts';
import { listMultipartUploads, listObjectsV2, listObjectVersions } from './listing.ts';
import * as multipart from './multipart.ts';
import { openStore, type Store, type StoreOptions } from './object-store.ts';
import { copyObject, putObject, putObjectTagging } from './objects.ts';
import type { Call, Operation, Reply } from './operation.ts';
import { getObject, getObjectAttributes, getObjectTagging } from './reads.ts';
import { toXml } from './xml.ts';

/**
 * All operations by method, level and subresource (`copy`: with a copy source), with the actions that a caller needs on
 * the bucket or object. Actions on other objects, and on an object's tags, are checked where these are read.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
const operations: Record<string, [operation: Operation, ...actions: string[]]> = {
  'GET /': [buckets.listBuckets, 'ListAllMyBuckets'],
  'PUT /bucket': [buckets.createBucket, 'CreateBucket'],
  'HEAD /bucket': [buckets.headBucket, 'ListBucket'],
  'DELETE /bucket': [buckets.deleteBucket, 'DeleteBucket'],
  'GET /bucket?versioning': [buckets.getBucketVersioning, 'GetBucketVersioning'],
  'PUT /bucket?versioning': [buckets.putBucketVersioning, 'PutBucketVersioning'],
  'GET /bucket?notification': [buckets.getBucketNotificationConfiguration, 'GetBucketNotification'],
  'PUT /bucket?notification': [buckets.putBucketNotificationConfiguration, 'PutBucketNotification'],
  'GET /bucket?list-type': [listObjectsV2, 'ListBucket'],
  'GET /bucket?versions': [listObjectVersions, 'ListBucketVersions'],
  'GET /bucket?uploads': [listMultipartUploads, 'ListBucketMultipartUploads'],
  'POST /bucket?delete': [deleteObjects],
  'PUT /bucket/key': [putObject, 'PutObject'],
  'PUT /bucket/key copy': [copyObject, 'PutObject'],
  'GET /bucket/key': [getObject, 'GetObject'],
  'HEAD /bucket/key': [getObject, 'GetObject'],
  'DELETE /bucket/key': [deleteObject, 'DeleteObject'],
  'GET /bucket/key?attributes': [getObjectAttributes, 'GetObject', 'GetObjectAttributes'],
  'GET /bucket/key?tagging': [getObjectTagging, 'GetObjectTagging'],
  'PUT /bucket/key?tagging': [putObjectTagging, 'PutObjectTagging'],
  'POST /bucket/key?uploads': [multipart.createMultipartUpload, 'PutObject'],
  'PUT /bucket/key?uploadId': [multipart.uploadPart, 'PutObject'],
  'PUT /bucket/key?uploadId copy': [multipart.uploadPartCopy, 'PutObject'],
  'POST /bucket/key?uploadId': [multipart.completeMultipartUpload, 'PutObject'],
  'DELETE /bucket/key?uploadId': [multipart.abortMultipartUpload, 'AbortMultipartUpload'],
  'GET /bucket/key?uploadId': [multipart.listParts, 'ListMultipartUploadParts'],
};

/** Query parameters that do not choose the operation; any other one does. */
const parameters = `continuation-token delimiter encoding-type fetch-owner key-marker max-keys max-parts
  max-uploads part-number-marker partNumber prefix start-after upload-id-marker version-id-marker versionId x-id`;
const isParameter = (name: string) => parameters.split(/\s+/).includes(name) || /^x-amz-/i.test(name);

/** Headers that are not simulated. */
const unsupported = [
  /^x-amz-(acl|grant-|if-match-|object-lock-|website-redirect|write-offset|.*server-side-encryption-customer)/,
  /^(x-amz-copy-source-)?if-(un)?modified-since|^x-amz-copy-source-if-none-match/,
];

async function answer(store: Store, request: AwsRequest): Promise<Reply> {
  const { method, path, query, http, region } = request;
  const [, bucket = '', key = ''] = (/^\/([^/]*)\/?(.*)$/.exec(path) ?? []).map(decodeURIComponent);
  const headers: Call['headers'] = {};
  for (const [name, value] of query) if (/^x-amz-/i.test(name)) headers[name.toLowerCase()] = value;
  for (const [name, value] of Object.entries(http.headers)) headers[name] = String(value);
  const level = key !== '' ? '/bucket/key' : bucket !== '' ? '/bucket' : '/';
  const subresources = [...query.keys()].filter((name) => !isParameter(name)).map((name) => `?${name}`);
  const source = headers['x-amz-copy-source'] === undefined ? '' : ' copy';
  const name = `${method} ${level}${subresources.join('')}${source}`;
  const [operation, ...actions] = operations[name] ?? notSimulated(`${name} of S3`);
  const header = Object.keys(headers).find((each) => unsupported.some((pattern) => pattern.test(each)));
  if (header !== undefined) notSimulated(`the header ${header} of S3`);
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes > 1024) refuse('KeyTooLongError', `The key has ${keyBytes} bytes, expected at most 1,024.`);
  const authorize: Call['authorize'] = (action, target) => {
    const named = target.versionId === undefined ? action : action.replace('Object', 'ObjectVersion');
    const resource = target.key ? `${target.bucket}/${target.key}` : target.bucket;
    request.authorize(`s3:${named}`, resource === '' ? '*' : `arn:aws:s3:::${resource}`);
  };
  const versionId = query.get('versionId') ?? undefined;
  const call: Call = { store, bucket, key, versionId, query, headers, http, region, authorize };
  for (const action of actions) authorize(action, call);
  if (bucket !== '' && name !== 'PUT /bucket') store.bucket(bucket);
  return operation(call);
}

function refusal(error: unknown, path: string): Reply {
  if (error instanceof URIError) return refusal(new ServiceError('InvalidURI', 400, 'The URL is not UTF-8.'), path);
  if (!(error instanceof ServiceError)) throw error;
  return { status: error.status, xml: ['Error', { ...errorOf(error), Resource: path }] };
}

async function send(response: ServerResponse, { status = 200, headers = {}, xml, body }: Reply) {
  response.statusCode = status;
  for (const [name, value = ''] of Object.entries(headers)) if (value !== '') response.setHeader(name, value);
  if (body) return pipeline(body, response);
  if (xml) response.setHeader('content-type', 'application/xml');
  response.end(xml && toXml(...xml));
}

/** Reads the rest of a refused body off the connection, for the next request on it, unless it has no end. */
function drain(http: IncomingMessage) {
  let left = Number(http.headers['content-length'] ?? 64 * 1024 ** 2);
  http.on('data', ({ length }) => {
    left -= length;
    if (left < 0) http.destroy();
  });
  http.resume();
}

/** S3 in the folder `s3` of the data folder. State survives a restart. */
export function s3Service(options: StoreOptions) {
  const store = openStore(options);
  const service: Service = async (request, response) => {
    const reply = await answer(store, request).catch((error) => refusal(error, request.path));
    drain(request.http);
    await send(response, reply);
  };
  return {
    service,
    /** Creates a bucket unless it exists, and turns on its notifications to EventBridge or its versions. */
    createBucket(name: string, { eventBridge = false, versioned = false } = {}): void {
      const properties = { ...(eventBridge && { eventBridge: 'true' }), ...(versioned && { versioning: 'Enabled' }) };
      buckets.ensureBucket(store, name, properties);
    },
    /** Deletes a bucket unless it has objects, as CloudFormation does. */
    deleteBucket(name: string): void {
      const bucket = store.find('', name);
      if (bucket && store.all(name).next().done) store.remove(bucket);
    },
    close: store.close,
  };
}
