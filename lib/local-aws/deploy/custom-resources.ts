import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Outcome } from '../lambda/sandbox.ts';
import { type Service, ServiceError, type ServiceOptions } from '../service.ts';

/** A request of CloudFormation to the function of a custom resource. */
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

/** CloudFormation's side of custom resources: sends requests to their function, and receives the answers by PUT. */
export function customResources({ accountId, region, endpointUrl, invoke }: CustomResourcesOptions) {
  const answers = new Map<string, string>();
  let requests = 0;

  const service: Service = async ({ method, path, http }, response) => {
    if (method !== 'PUT')
      throw new ServiceError('AccessDenied', 403, `A response URL takes a PUT, this was ${method}.`);
    answers.set(path, await text(http));
    response.end();
  };

  /** @throws when the function fails, or its answer is missing, invalid or FAILED */
  async function ask({ stackName, ...request }: CustomResourceRequest): Promise<CustomResourceAnswer> {
    const RequestId = `request-${++requests}`;
    const StackId = `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
    // A presigned URL: using it needs no credentials.
    const scope = encodeURIComponent(`cloudformation/20260101/${region}/cloudformation/aws4_request`);
    const ResponseURL = `${endpointUrl}/${RequestId}?X-Amz-Credential=${scope}`;
    const { payload } = await invoke(
      request.ServiceToken,
      JSON.stringify({ ...request, StackId, RequestId, ResponseURL }),
    );
    const body = answers.get(`/${RequestId}`);
    // On AWS it is invoked again, and then the stack waits for its ServiceTimeout.
    if (body === undefined)
      throw new Error(`its function sent no answer to ${request.RequestType}, it returned ${payload}`);
    const bytes = Buffer.byteLength(body);
    if (bytes > maxAnswerBytes) throw new Error(`the answer has ${bytes} bytes, more than ${maxAnswerBytes}`);
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
