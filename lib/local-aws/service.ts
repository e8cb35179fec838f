import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from './clock.ts';
import type { Context } from './iam/statements.ts';

/** What every service needs. */
export interface ServiceOptions {
  clock: Clock;
  accountId: string;
  region: string;
  dataFolder: string;
}

/** One signed AWS request, parsed up to its credential scope. */
export interface AwsRequest {
  method: string;
  /** As received: percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** The request itself: headers and the body as a stream. */
  http: IncomingMessage;
  region: string;
  /** `StartExecution`, say, where the protocol has it in the header x-amz-target. */
  operation: string;
  /** @throws ServiceError, unless the caller's policies allow the action (`s3:GetObject`) on the resource, an ARN */
  authorize(action: string, resource: string, context?: Context): void;
}

/** An AWS service: answers one request. A `ServiceError` that it throws is answered in JSON. */
export type Service = (request: AwsRequest, response: ServerResponse) => Promise<void>;
/** An error as AWS would answer it, e.g. `new ServiceError('ValidationException', 400, '…')`. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/** Refuses what AWS has and the local AWS does not, such as an operation. @throws ServiceError NotSimulated */
export function notSimulated(what: string): never {
  throw new ServiceError('NotSimulated', 501, `The local AWS does not simulate ${what}.`);
}
