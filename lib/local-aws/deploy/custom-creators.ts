import { z } from 'zod';
import type { Creator } from './creator.ts';

const propertiesSchema = z.looseObject({ ServiceToken: z.string().startsWith('arn:aws:lambda:') });

/** As CloudFormation sends them: numbers and booleans as text. */
const asText = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null) return value === null ? value : String(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asText(inner)]));
};

/** A resource that its own function creates, updates and deletes, with the permissions from before the deployment. */
const customResource: Creator = async (properties, place, { askCustomResource }) => {
  const { stackName, logicalId, type, before } = place;
  const given = propertiesSchema.parse(asText(properties));
  const request = {
    ...{ stackName, LogicalResourceId: logicalId, ResourceType: type },
    ...{ ServiceToken: given.ServiceToken, ResourceProperties: given },
  };
  const old = before && propertiesSchema.parse(asText(before.properties));
  const { PhysicalResourceId, Data } = await askCustomResource(
    before
      ? { ...request, RequestType: 'Update', PhysicalResourceId: before.ref, OldResourceProperties: old ?? {} }
      : { ...request, RequestType: 'Create' },
  );
  const remove = () => askCustomResource({ ...request, RequestType: 'Delete', PhysicalResourceId });
  return { ref: PhysicalResourceId, attributes: Data, remove };
};

// Strict: what CDK makes for a bucket of its own replaces the bucket's configuration, and clears it at the end.
const notificationsSchema = z.object({
  BucketName: z.string(),
  Managed: z.literal(false),
  NotificationConfiguration: z.strictObject({ EventBridgeConfiguration: z.strictObject({}) }),
});

/**
 * Does what CDK's Python handler for `enableEventBridgeNotification()` of an existing bucket does: turns EventBridge
 * on, and keeps the rest. Deleting it does not turn EventBridge off, "as there is no way to determine whether it's
 * managed by us or not": aws-cdk-lib, custom-resource-handlers/dist/aws-s3/notifications-resource-handler/index.py
 */
const bucketNotifications: Creator = (properties, { logicalId }, { createBucket }) => {
  createBucket(notificationsSchema.parse(properties).BucketName, { eventBridge: true, versioned: false });
  return { ref: logicalId, attributes: {} };
};

/** The creator of a custom resource; undefined for other types. */
export function customCreatorOf(type: string): Creator | undefined {
  if (type === 'Custom::S3BucketNotifications') return bucketNotifications;
  return /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(type) ? customResource : undefined;
}
