import { z } from 'zod';
import { discardUploads } from './multipart.ts';
import type { Store } from './object-store.ts';
import { type Operation, refuse } from './operation.ts';
import { receiveXml } from './request-body.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const nameRule = /^(?!xn--)(?!.*\.\.)(?!(\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Gives a bucket these properties, and makes it first if it does not exist. @throws InvalidBucketName */
export function ensureBucket(store: Store, name: string, properties: Record<string, string>) {
  if (!nameRule.test(name)) refuse('InvalidBucketName', 400, `"${name}" cannot be the name of a bucket.`);
  const bucket = store.find('', name) ?? store.put('', name, {});
  store.update({ ...bucket, properties: { ...bucket.properties, ...properties } });
}

export const listBuckets: Operation = (store) => {
  const buckets = [...store.all('')];
  const Bucket = buckets.map(({ key, modified }) => ({ Name: key, CreationDate: new Date(modified).toISOString() }));
  return { xml: ['ListAllMyBucketsResult', { Buckets: { Bucket } }] };
};

export const createBucket: Operation = async (store, call) => {
  const { bucket, region, headers } = call;
  const configuration = z.object({ LocationConstraint: z.literal(region) });
  const schema = z.object({ CreateBucketConfiguration: configuration });
  if (Number(headers['content-length'] ?? 0) > 0) await receiveXml(store, call, schema);
  if (store.find('', bucket)) refuse('BucketAlreadyOwnedByYou', 409, `The bucket "${bucket}" exists and is yours.`);
  ensureBucket(store, bucket, {});
  return { headers: { location: `/${bucket}` } };
};

export const headBucket: Operation = (_store, { region }) => ({ headers: { 'x-amz-bucket-region': region } });

export const deleteBucket: Operation = (store, { bucket }) => {
  for (const { key } of store.all(bucket))
    refuse('BucketNotEmpty', 409, `The bucket "${bucket}" still holds "${key}": delete all objects and versions.`);
  discardUploads(store, bucket);
  store.remove('', store.bucket(bucket));
  return { status: 204 };
};

/** A bucket lies in whichever Region it is asked for in: this account has only one of each name. */
export const getBucketLocation: Operation = (_store, { region }) => ({
  xml: ['LocationConstraint', region === 'us-east-1' ? '' : region],
});

export const getBucketVersioning: Operation = (store, { bucket }) => ({
  xml: ['VersioningConfiguration', { Status: store.bucket(bucket).properties.versioning }],
});

export const putBucketVersioning: Operation = async (store, call) => {
  const configuration = z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) });
  const document = await receiveXml(store, call, z.object({ VersioningConfiguration: configuration }));
  ensureBucket(store, call.bucket, { versioning: document.VersioningConfiguration.Status });
  return {};
};

export const getBucketNotificationConfiguration: Operation = (store, { bucket }) => {
  const EventBridgeConfiguration = store.bucket(bucket).properties.eventBridge ? '' : undefined;
  return { xml: ['NotificationConfiguration', { EventBridgeConfiguration }] };
};

/** Only EventBridge can be told; a configuration with queues, topics or functions is refused. */
export const putBucketNotificationConfiguration: Operation = async (store, call) => {
  const configuration = z.strictObject({ EventBridgeConfiguration: z.unknown() }).or(z.literal(''));
  const document = await receiveXml(store, call, z.object({ NotificationConfiguration: configuration }));
  ensureBucket(store, call.bucket, { eventBridge: document.NotificationConfiguration === '' ? '' : 'true' });
  return {};
};
