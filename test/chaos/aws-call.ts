import type { IncomingMessage } from 'node:http';

export type ServiceName = 's3' | 'dynamodb' | 'bedrock' | 'states' | 'events';

/** What a request asks for, in words that are the same whenever a seed is run. */
export interface AwsCall {
  service: ServiceName;
  /** `CreateModelInvocationJob`, `PUT`. */
  operation: string;
  /** With what it is about. */
  name: string;
}

/** Reads a request's call from its first line and headers. */
export function callOf({ method = 'GET', url = '/', headers }: IncomingMessage): AwsCall {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    const operation = target.replace(/.*\./, '');
    const service = target.startsWith('DynamoDB') ? 'dynamodb' : target.startsWith('AWSEvents') ? 'events' : 'states';
    return { service, operation, name: `${service} ${operation}` };
  }
  const name = `${method} ${url.replace(/uploadId=[^&]+/, 'uploadId')}`;
  if (!url.startsWith('/model-invocation-job')) return { service: 's3', operation: method, name };
  const operation = method === 'GET' ? 'Get' : url.endsWith('/stop') ? 'Stop' : 'Create';
  return { service: 'bedrock', operation, name };
}
