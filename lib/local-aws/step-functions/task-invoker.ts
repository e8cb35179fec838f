import type { Access } from '../iam/access.ts';
import type { Lambda } from '../lambda/service.ts';
import { ServiceError } from '../service.ts';
import type { InvokeFunction } from './run.ts';
import { TaskError } from './task-error.ts';

/** What came of an invocation, as a Task state sees it: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html */
export function taskInvoker(lambda: Lambda, access: Access): InvokeFunction {
  return async (functionArn, event, roleArn) => {
    try {
      access.authorize(roleArn, 'lambda:InvokeFunction', functionArn);
      const { payload, errorType } = await lambda.invoke(functionArn, event);
      if (errorType !== undefined) throw new TaskError(errorType, payload);
      return payload;
    } catch (error) {
      throw error instanceof ServiceError ? new TaskError(`Lambda.${error.code}`, error.message) : error;
    }
  };
}
