import type { StateOf } from './definition.ts';
import type { Step } from './step.ts';
import { asTaskError, TaskError, toPayload } from './task-error.ts';

const lambda = { resourceType: 'lambda', resource: 'invoke' };

/** Makes one attempt at a Task state. A function that the state gave up on keeps running, as on AWS. */
export async function runTaskState(step: Step, state: StateOf<'Task'>): Promise<unknown> {
  const { run, branch, evaluate, evaluateNumber } = step;
  const { FunctionName, Payload = {} } = state.Arguments;
  const functionArn = String(await evaluate(FunctionName, 'Arguments/FunctionName'));
  const payload = await evaluate(Payload, 'Arguments/Payload');
  const limit = state.TimeoutSeconds;
  const seconds = limit === undefined ? limit : await evaluateNumber(limit, 'TimeoutSeconds', 1);
  const { arn, roleArn } = run.machine;
  const parameters = toPayload({ FunctionName: functionArn, Payload: payload }, 'lambda');
  const timing = { region: arn.split(':')[3], timeoutInSeconds: seconds };
  run.record(branch, 'TaskScheduled', { ...lambda, parameters, ...timing });
  run.record(branch, 'TaskStarted', lambda);
  const over = new AbortController();
  try {
    const signal = AbortSignal.any([branch.signal, over.signal]);
    const late = run.clock.sleep(1000 * (seconds ?? Number.POSITIVE_INFINITY), { signal }).then(() => {
      throw new TaskError('States.Timeout');
    });
    const call = run.invokeFunction(functionArn, JSON.stringify(payload), roleArn);
    const answer = await branch.turn.waitFor(Promise.race([call, late]));
    // The eighth part of a function's ARN is its version or alias.
    const ExecutedVersion = functionArn.split(':')[7] ?? '$LATEST';
    const result = { ExecutedVersion, Payload: JSON.parse(answer), StatusCode: 200 };
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
