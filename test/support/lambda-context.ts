import type { Context } from 'aws-lambda';

/** The context of an invocation, with 15 minutes left. */
export function aContext(overrides: Partial<Context> = {}): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'step',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:step:1',
    memoryLimitInMB: '512',
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    logGroupName: '/aws/lambda/step',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => 900_000,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
    ...overrides,
  };
}
