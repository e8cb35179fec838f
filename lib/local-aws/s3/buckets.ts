import { z } from 'zod';
import { notSimulated } from '../service.ts';
import { refuse } from './errors.ts';
import { uploadsOf } from './listing.ts';
import { discard } from './multipart.ts';
import type { Store } from './object-store.ts';
import type { Call, Operation } from './operation.ts';
import { receiveXml } from './request-body.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const nameRule = /^(?!xn--)(?!.*\.\.)(?!(\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Creates a bucket unless it exists, and adds these properties. @throws InvalidBucketName */
export function ensureBucket(store: Store, name: string, properties: Record<string, string>) {
  if (!nameRule.test(name)) refuse('InvalidBucketName', `"${name}" cannot be the name of a bucket.`);
  const bucket = store.find('', name) ?? store.put('', name, {});
  store.update({ ...bucket, properties: { ...bucket.properties, ...properties } });
}

export const listBuckets: Operation = ({ store }) => {
  const buckets = [...store.all('')];
  const Bucket = buckets.map(({ key, modified }) => ({ Name: key, CreationDate: new Date(modified).toISOString() }));
  return { xml: ['ListAllMyBucketsResult', { Buckets: { Bucket } }] };
};

export const createBucket: Operation = async (call) => {
  const { store, bucket, region, headers } = call;
  const schema = z.object({ LocationConstraint: z.literal(region) });
  if (Number(headers['content-length'] ?? 0) > 0) await receiveXml(call, 'CreateBucketConfiguration', schema);
  if (store.find('', bucket)) refuse('BucketAlreadyOwnedByYou', `The bucket "${bucket}" exists and is yours.`, 409);
  ensureBucket(store, bucket, {});
  return { headers: { location: `/${bucket}` } };
};

export const headBucket: Operation = ({ region }) => ({ headers: { 'x-amz-bucket-region': region } });

export const deleteBucket: Operation = ({ store, bucket }) => {
  for (const { key } of store.all(bucket))
    refuse('BucketNotEmpty', `The bucket "${bucket}" still holds "${key}": delete all objects and versions.`, 409);
  for (const upload of [...store.all(uploadsOf(bucket))]) discard(store, bucket, upload);
  store.remove(store.bucket(bucket));
  return { status: 204 };
};

function configure({ store, bucket }: Call, properties: Record<string, string>) {
  ensureBucket(store, store.bucket(bucket).key, properties);
  return {};
}

export const getBucketVersioning: Operation = ({ store, bucket }) => ({
  xml: ['VersioningConfiguration', { Status: store.bucket(bucket).properties.versioning }],
});

export const putBucketVersioning: Operation = async (call) => {
  const schema = z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) });
  return configure(call, { versioning: (await receiveXml(call, 'VersioningConfiguration', schema)).Status });
};

export const getBucketNotificationConfiguration: Operation = ({ store, bucket }) => {
  const EventBridgeConfiguration = store.bucket(bucket).properties.eventBridge ? '' : undefined;
  return { xml: ['NotificationConfiguration', { EventBridgeConfiguration }] };
};

export const putBucketNotificationConfiguration: Operation = async (call) => {
  const schema = z.record(z.string(), z.unknown()).or(z.literal('').transform(() => ({})));
  const kinds = Object.keys(await receiveXml(call, 'NotificationConfiguration', schema));
  const other = kinds.find((kind) => kind !== 'EventBridgeConfiguration');
  if (other !== undefined) notSimulated(`${other} of PutBucketNotificationConfiguration`);
  return configure(call, { eventBridge: kinds.length > 0 ? 'true' : '' });
};
