import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type Service, ServiceError, type ServiceOptions } from '../endpoint.ts';
import type { Outcome } from '../lambda/sandbox.ts';
import type { Creator } from './creator.ts';

/** What CloudFormation asks the function of a custom resource. */
export interface CustomResourceRequest {
  RequestType: 'Create' | 'Update' | 'Delete';
  ServiceToken: string;
  stackName: string;
  LogicalResourceId: string;
  ResourceType: string;
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, unknown>;
  OldResourceProperties?: Record<string, unknown>;
}

export interface CustomResourcesOptions extends Pick<ServiceOptions, 'accountId' | 'region'> {
  endpointUrl: string;
  invoke(functionArn: string, event: string): Promise<Outcome>;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const maxAnswerBytes = 4096;
const ids = { StackId: z.string(), RequestId: z.string(), LogicalResourceId: z.string() };
const answerSchema = z.object({
  Status: z.enum(['SUCCESS', 'FAILED']),
  Reason: z.string().optional(),
  PhysicalResourceId: z.string().min(1).max(1024),
  Data: z.record(z.string(), z.string()).default({}),
  ...ids,
});
export type CustomResourceAnswer = z.infer<typeof answerSchema>;

/** CloudFormation's side of custom resources that a Lambda function serves: the request, and where the answer is PUT. */
export function customResources({ accountId, region, endpointUrl, invoke }: CustomResourcesOptions) {
  const answers = new Map<string, string>();
  let requests = 0;

  const service: Service = async ({ method, path, http }, response) => {
    if (method !== 'PUT')
      throw new ServiceError('AccessDenied', 403, `A response URL takes a PUT, this was ${method}.`);
    answers.set(path, await text(http));
    response.end();
  };

  /** @throws when the function fails, answers nothing or not as it must, or says that it failed */
  async function ask({ stackName, ...request }: CustomResourceRequest): Promise<CustomResourceAnswer> {
    const RequestId = `request-${++requests}`;
    const StackId = `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
    // As a presigned URL: whoever has it needs no credentials.
    const scope = encodeURIComponent(`cloudformation/20260101/${region}/cloudformation/aws4_request`);
    const ResponseURL = `${endpointUrl}/${RequestId}?X-Amz-Credential=${scope}`;
    const { payload } = await invoke(
      request.ServiceToken,
      JSON.stringify({ ...request, StackId, RequestId, ResponseURL }),
    );
    const body = answers.get(`/${RequestId}`);
    // On AWS it is invoked again, and then the stack waits for its ServiceTimeout.
    if (body === undefined) throw new Error(`its function gave no answer to ${request.RequestType}, but ${payload}`);
    const bytes = Buffer.byteLength(body);
    if (bytes > maxAnswerBytes) throw new Error(`the answer has ${bytes} bytes, expected at most ${maxAnswerBytes}`);
    const { LogicalResourceId } = request;
    const expected = Object.entries({ StackId, RequestId, LogicalResourceId });
    const answer = answerSchema.parse(JSON.parse(body));
    const isEcho = expected.every(([name, value]) =>
      Object.entries(answer).some((e) => e[0] === name && e[1] === value),
    );
    if (!isEcho) throw new Error(`the answer names another request: ${body}`);
    if (answer.Status === 'FAILED') throw new Error(answer.Reason ?? 'its function gives no reason');
    return answer;
  }
  return { service, ask };
}

const propertiesSchema = z.looseObject({ ServiceToken: z.string().startsWith('arn:aws:lambda:') });

/** As CloudFormation hands them on: numbers and booleans are text. */
const asText = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null) return value === null ? value : String(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asText(inner)]));
};

/** A resource that its own function creates, updates and deletes; it finds the permissions from before the deployment. */
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

// Strict: what CDK makes for a bucket of its own replaces the bucket's configuration, and empties it at the end.
const notificationsSchema = z.object({
  BucketName: z.string(),
  Managed: z.literal(false),
  NotificationConfiguration: z.strictObject({ EventBridgeConfiguration: z.strictObject({}) }),
});

/**
 * What CDK's own handler does, which is Python and does not run here, for `enableEventBridgeNotification()` of an existing bucket: it
 * switches EventBridge on and keeps all else. It does not switch it off when it is deleted, "as there is no way to determine
 * whether it's managed by us or not": aws-cdk-lib, custom-resource-handlers/dist/aws-s3/notifications-resource-handler/index.py
 */
const bucketNotifications: Creator = (properties, { logicalId }, { createBucket }) => {
  createBucket(notificationsSchema.parse(properties).BucketName, { eventBridge: true, versioned: false });
  return { ref: logicalId, attributes: {} };
};

/** What creates a custom resource; undefined for a type that is none. */
export function customCreatorOf(type: string): Creator | undefined {
  if (type === 'Custom::S3BucketNotifications') return bucketNotifications;
  return /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(type) ? customResource : undefined;
}
