import { randomUUID } from 'node:crypto';
import { parseJson } from '../json.ts';
import type { FunctionVersion } from './functions.ts';
import type { Outcome } from './sandbox.ts';

/**
 * What an on-failure destination is told of an asynchronous invocation that failed each time:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function failureRecord({ arn, version }: FunctionVersion, event: string, outcome: Outcome, invocation: Facts) {
  return {
    version: '1.0',
    timestamp: new Date(invocation.now).toISOString(),
    requestContext: {
      requestId: randomUUID(),
      functionArn: arn,
      condition: 'RetriesExhausted',
      approximateInvokeCount: invocation.count,
    },
    requestPayload: parseJson(event),
    responseContext: { statusCode: 200, executedVersion: version, functionError: 'Unhandled' },
    responsePayload: parseJson(outcome.payload),
  };
}

interface Facts {
  now: number;
  /** How often it was tried. */
  count: number;
}
