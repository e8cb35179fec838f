import type { State } from './definition.ts';
import type { Branch, Run, Values } from './run.ts';
import { asTaskError, TaskError, toPayload } from './task-error.ts';

/** One visit to a state. */
export type Step = ReturnType<typeof enter>;

export function enter(run: Run, branch: Branch, name: string, state: State, input: unknown) {
  // A redrive does not enter its state again:
  // https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
  if (!branch.progress.at?.entered) {
    run.record(branch, `${state.Type}StateEntered`, { name, input: toPayload(input, name) });
    branch.progress.at = { name, input, variables: { ...branch.variables }, entered: true };
  }
  const context = {
    ...run.context,
    State: { Name: name, EnteredTime: new Date(run.clock.now()).toISOString(), RetryCount: 0 },
    ...(branch.mapItem && { Map: { Item: branch.mapItem } }),
  };
  /** @param more what `$states` has beside input and context */
  async function evaluate(template: unknown, location: string, more?: Values): Promise<unknown> {
    try {
      return await run.evaluate(template, location, { ...branch.variables, states: { input, context, ...more } });
    } catch (thrown) {
      const { error, cause } = asTaskError(thrown);
      run.record(branch, 'EvaluationFailed', { state: name, location, error, cause });
      throw thrown;
    }
  }
  /** Evaluates to a whole number; `most` is by default the longest time in seconds. */
  async function evaluateNumber(template: unknown, field: string, least: number, most = 99_999_999): Promise<number> {
    const value = await evaluate(template, field);
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    const cause = `${field} of "${name}" must be a whole number from ${least} to ${most}, got ${value}.`;
    throw new TaskError('States.QueryEvaluationError', cause);
  }
  return { run, branch, name, state, input, context, evaluate, evaluateNumber };
}
