import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type AwsRequest, type Service, ServiceError } from '../endpoint.ts';
import * as buckets from './buckets.ts';
import { deleteObject, deleteObjects } from './deletes.ts';
import { listMultipartUploads, listObjects, listObjectVersions } from './listing.ts';
import * as multipart from './multipart.ts';
import { openStore, type Store, type StoreOptions } from './object-store.ts';
import { copyObject, putObject } from './objects.ts';
import { type Call, type Operation, type Reply, refuse, urlDecode } from './operation.ts';
import { getObject, getObjectAttributes } from './reads.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './tagging.ts';
import { toXml } from './xml.ts';

/** Every operation there is, by method, level and subresource; `copy` stands for a copy source. */
const operations: Record<string, Operation> = {
  'GET /': buckets.listBuckets,
  'PUT /bucket': buckets.createBucket,
  'HEAD /bucket': buckets.headBucket,
  'DELETE /bucket': buckets.deleteBucket,
  'GET /bucket?location': buckets.getBucketLocation,
  'GET /bucket?versioning': buckets.getBucketVersioning,
  'PUT /bucket?versioning': buckets.putBucketVersioning,
  'GET /bucket?notification': buckets.getBucketNotificationConfiguration,
  'PUT /bucket?notification': buckets.putBucketNotificationConfiguration,
  'GET /bucket': listObjects,
  'GET /bucket?versions': listObjectVersions,
  'GET /bucket?uploads': listMultipartUploads,
  'POST /bucket?delete': deleteObjects,
  'PUT /bucket/key': putObject,
  'PUT /bucket/key copy': copyObject,
  'GET /bucket/key': getObject,
  'HEAD /bucket/key': getObject,
  'DELETE /bucket/key': deleteObject,
  'GET /bucket/key?attributes': getObjectAttributes,
  'GET /bucket/key?tagging': getObjectTagging,
  'PUT /bucket/key?tagging': putObjectTagging,
  'DELETE /bucket/key?tagging': deleteObjectTagging,
  'POST /bucket/key?uploads': multipart.createMultipartUpload,
  'PUT /bucket/key?uploadId': multipart.uploadPart,
  'PUT /bucket/key?uploadId copy': multipart.uploadPartCopy,
  'POST /bucket/key?uploadId': multipart.completeMultipartUpload,
  'DELETE /bucket/key?uploadId': multipart.abortMultipartUpload,
  'GET /bucket/key?uploadId': multipart.listParts,
};

/** Query parameters that do not choose the operation; any other one does. */
const parameters = new Set(
  `continuation-token delimiter encoding-type fetch-owner key-marker list-type marker max-keys max-parts max-uploads
  part-number-marker partNumber prefix start-after upload-id-marker version-id-marker versionId x-id`.split(/\s+/),
);
const isParameter = (name: string) => parameters.has(name) || /^(x-amz|response)-/i.test(name);

/** Headers that ask for what this S3 does not do. */
const unsupported = /^x-amz-(acl|grant-|object-lock-|website-redirect|write-offset|.*server-side-encryption-customer)/;

const maxKeyBytes = 1024;

function answer(store: Store, { method, path, query, http, region }: AwsRequest): Reply | Promise<Reply> {
  const [, bucket = '', key = ''] = (/^\/([^/]*)\/?(.*)$/.exec(path) ?? []).map(urlDecode);
  const headers: Call['headers'] = {};
  for (const [name, value] of query) if (/^x-amz-/i.test(name)) headers[name.toLowerCase()] = value;
  for (const [name, value] of Object.entries(http.headers)) headers[name] = String(value);
  const level = key !== '' ? '/bucket/key' : bucket !== '' ? '/bucket' : '/';
  const subresources = [...query.keys()].filter((name) => !isParameter(name)).map((name) => `?${name}`);
  const source = headers['x-amz-copy-source'] === undefined ? '' : ' copy';
  const name = `${method} ${level}${subresources.join('')}${source}`;
  const operation = operations[name] ?? refuse('NotImplemented', 501, `The local S3 has no operation "${name}".`);
  const header = Object.keys(headers).find((each) => unsupported.test(each));
  if (header !== undefined) refuse('NotImplemented', 501, `The local S3 does not know the header ${header}.`);
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes > maxKeyBytes)
    refuse('KeyTooLongError', 400, `The key has ${keyBytes} bytes, S3 allows ${maxKeyBytes}.`);
  if (bucket !== '' && name !== 'PUT /bucket') store.bucket(bucket);
  const versionId = query.get('versionId') ?? undefined;
  return operation(store, { bucket, key, versionId, query, headers, http, region });
}

/** Every answer has it but an error: there botocore would not find the code. */
const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

async function send(response: ServerResponse, { status = 200, headers = {}, xml, body }: Reply) {
  response.statusCode = status;
  for (const [name, value = ''] of Object.entries(headers)) if (value !== '') response.setHeader(name, value);
  if (body) return pipeline(body, response);
  if (xml) response.setHeader('content-type', 'application/xml');
  response.end(xml && `<?xml version="1.0" encoding="UTF-8"?>\n${toXml(...xml, xml[0] === 'Error' ? '' : namespace)}`);
}

/** S3 in a folder: buckets, and objects that people find at `s3/<bucket>/<key>` in it. State survives a restart. */
export function s3Service(options: StoreOptions) {
  const store = openStore(options);
  const service: Service = async (request, response) => {
    try {
      await send(response, await answer(store, request));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { code, status, message } = error;
      await send(response, { status, xml: ['Error', { Code: code, Message: message, Resource: request.path }] });
    } finally {
      // The rest of a refused body must leave the connection before the next request on it.
      request.http.resume();
    }
  };
  return {
    service,
    /** Makes a bucket unless it exists, and switches on what it does: tell EventBridge, keep versions. */
    createBucket(name: string, { eventBridge = false, versioned = false } = {}): void {
      const properties = { ...(eventBridge && { eventBridge: 'true' }), ...(versioned && { versioning: 'Enabled' }) };
      buckets.ensureBucket(store, name, properties);
    },
    close: store.close,
  };
}
