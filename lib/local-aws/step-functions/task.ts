import type { RunTask, Step } from './run.ts';
import { asTaskError, TaskError, toPayload } from './task-error.ts';

const lambda = { resourceType: 'lambda', resource: 'invoke' };

/** Makes one attempt at a Task state. A function that the state no longer waits for runs on, as on AWS. */
export async function runTaskState({ run, branch, name, state, evaluate, evaluateNumber }: Step): Promise<unknown> {
  const { FunctionName, Payload = {} } = state.Arguments ?? {};
  const functionName = String(await evaluate(FunctionName, 'Arguments/FunctionName'));
  const payload = await evaluate(Payload, 'Arguments/Payload');
  const limit = state.TimeoutSeconds;
  const seconds = limit === undefined ? limit : await evaluateNumber(limit, 'TimeoutSeconds', 1);
  const { arn, roleArn } = run.machine;
  const parameters = toPayload({ FunctionName: functionName, Payload: payload }, 'lambda');
  const timing = { region: arn.split(':')[3], timeoutInSeconds: seconds };
  run.record(branch, 'TaskScheduled', { ...lambda, parameters, ...timing });
  run.record(branch, 'TaskStarted', lambda);
  const over = new AbortController();
  try {
    const call = run.runTask({ stateName: name, functionName, payload, roleArn });
    const signal = AbortSignal.any([branch.signal, over.signal]);
    const late = run.clock.sleep(1000 * (seconds ?? Number.POSITIVE_INFINITY), { signal }).then(() => {
      throw new TaskError('States.Timeout');
    });
    const result = await branch.turn.waitFor(Promise.race([call, late]));
    run.record(branch, 'TaskSucceeded', { ...lambda, output: toPayload(result, 'lambda') });
    return result;
  } catch (thrown) {
    branch.signal.throwIfAborted();
    const { error, cause } = asTaskError(thrown);
    run.record(branch, error === 'States.Timeout' ? 'TaskTimedOut' : 'TaskFailed', { ...lambda, error, cause });
    throw thrown;
  } finally {
    over.abort();
  }
}

/** The integration `lambda:invoke`: what the function answers is the Payload of the result. */
export function lambdaTask(
  invokeFunction: (functionArn: string, payload: string, roleArn: string) => Promise<string>,
): RunTask {
  return async ({ functionName, payload, roleArn }) => {
    const answer = await invokeFunction(functionName, JSON.stringify(payload), roleArn);
    // The eighth part of a function's ARN is its version or alias.
    const ExecutedVersion = functionName.split(':')[7] ?? '$LATEST';
    return { ExecutedVersion, Payload: JSON.parse(answer), StatusCode: 200 };
  };
}
