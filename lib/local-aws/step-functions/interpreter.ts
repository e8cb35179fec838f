import type { Retrier, StateOf, Workflow } from './definition.ts';
import { runMap, runParallel } from './map.ts';
import type { Branch, Progress, Run, Values } from './run.ts';
import { enter, type Step } from './step.ts';
import { runTaskState } from './task.ts';
import { asTaskError, TaskError, toPayload } from './task-error.ts';

type Exit = { Output?: unknown; Assign?: Values | undefined; Next?: string | undefined };
type Left = { output: unknown; next: string | undefined };

/** Runs states from the first, or the one that a redrive resumes, to the end; resolves to the last output. */
export async function runWorkflow(run: Run, branch: Branch, workflow: Workflow, input: unknown): Promise<unknown> {
  branch.progress.at ??= { name: workflow.StartAt, input, variables: branch.variables, entered: false };
  const { at } = branch.progress;
  branch.variables = { ...at.variables };
  let left: Left = { next: at.name, output: at.input };
  for (let name = left.next; name !== undefined; name = left.next) {
    branch.signal.throwIfAborted();
    const state = workflow.States[name];
    if (!state) throw new TaskError('States.Runtime', `There is no state "${name}".`);
    left = await runState(enter(run, branch, name, state, left.output));
  }
  return left.output;
}

async function runState(step: Step): Promise<Left> {
  const { state, branch, input, evaluate } = step;
  switch (state.Type) {
    case 'Fail': {
      const cause = state.Cause && String(await evaluate(state.Cause, 'Cause'));
      throw new TaskError(String(await evaluate(state.Error ?? '', 'Error')), cause);
    }
    case 'Wait': {
      const seconds = await step.evaluateNumber(state.Seconds, 'Seconds', 0);
      await branch.turn.sleep(1000 * seconds, { signal: branch.signal });
      return leave(step, state, input);
    }
    case 'Choice':
      return leave(step, await choose(step, state), input);
    case 'Task':
      return handleErrors(step, state, () => runTaskState(step, state));
    case 'Parallel':
      return handleErrors(step, state, () => runParallel(step, state, runWorkflow));
    case 'Map':
      return handleErrors(step, state, () => runMap(step, state, runWorkflow));
    default:
      return leave(step, state, input);
  }
}

/** Leaves a state by its own fields, or by those of a Choice rule or catcher. */
async function leave(step: Step, exit: Exit, result: unknown, more?: Values): Promise<Left> {
  const { run, branch, name, state } = step;
  const assigned = { ...(exit.Assign && Object(await step.evaluate(exit.Assign, 'Assign', more))) };
  const output = exit.Output === undefined ? result : await step.evaluate(exit.Output, 'Output', more);
  const texts = Object.entries(assigned).map(([variable, value]) => [variable, toPayload(value, name)]);
  const assignedVariables = exit.Assign && Object.fromEntries(texts);
  run.record(branch, `${state.Type}StateExited`, { name, output: toPayload(output, name), assignedVariables });
  Object.assign(branch.variables, assigned);
  if (exit.Next !== undefined) {
    startOver(branch.progress);
    branch.progress.at = { name: exit.Next, input: output, variables: { ...branch.variables }, entered: false };
  }
  return { output, next: exit.Next };
}

function startOver(progress: Progress): void {
  progress.parts = [];
  delete progress.mapRun;
}

async function choose({ name, evaluate }: Step, state: StateOf<'Choice'>): Promise<Exit> {
  for (const [index, rule] of state.Choices.entries()) {
    const met = await evaluate(rule.Condition, `Choices[${index}]/Condition`);
    if (met === true) return rule;
    if (met !== false) throw new TaskError('States.QueryEvaluationError', `${rule.Condition} is not true or false.`);
  }
  if (state.Default !== undefined) return { ...state, Next: state.Default };
  throw new TaskError('States.NoChoiceMatched', `No rule of "${name}" matches and it has no Default.`);
}

async function handleErrors(
  step: Step,
  state: StateOf<'Task' | 'Parallel' | 'Map'>,
  attempt: () => Promise<unknown>,
): Promise<Left> {
  const { branch, context } = step;
  const nextDelayMs = createRetryPlan(state.Retry);
  for (;;) {
    try {
      const result = await attempt();
      return await leave(step, state, result, { result });
    } catch (thrown) {
      branch.signal.throwIfAborted();
      const { error, cause } = asTaskError(thrown);
      const delayMs = nextDelayMs(error);
      // A retry starts over, and so does a redrive after outputs that were too large together.
      if (delayMs !== undefined || error === 'States.DataLimitExceeded') startOver(branch.progress);
      if (delayMs === undefined) {
        const catcher = findHandler(state.Catch, error);
        if (!catcher) throw thrown;
        const errorOutput = { Error: error, ...(cause !== undefined && { Cause: cause }) };
        return leave(step, catcher, errorOutput, { errorOutput });
      }
      await branch.turn.sleep(delayMs, { signal: branch.signal });
      context.State.RetryCount += 1;
    }
  }
}

/** No wildcard matches these; https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const terminal = ['States.DataLimitExceeded', 'States.Runtime'];

/** The first retrier or catcher for an error. Nothing handles `States.Runtime`, not even its own name. */
function findHandler<Handler extends { ErrorEquals: string[] }>(handlers: Handler[], error: string) {
  const wildcards = ['States.ALL', ...(error === 'States.Timeout' ? [] : ['States.TaskFailed'])];
  const names = terminal.includes(error) ? [error] : [error, ...wildcards];
  if (error === 'States.Runtime') return undefined;
  return handlers.find(({ ErrorEquals }) => ErrorEquals.some((name) => names.includes(name)));
}

/** Counts the attempts of one state; gives the ms to wait before the next, undefined when there is none. */
function createRetryPlan(retriers: Retrier[]): (error: string) => number | undefined {
  const attempts = new Map<Retrier, number>();
  return (error) => {
    const retrier = findHandler(retriers, error);
    const used = (retrier && attempts.get(retrier)) ?? 0;
    if (!retrier || used >= retrier.MaxAttempts) return undefined;
    attempts.set(retrier, used + 1);
    const seconds = Math.min(retrier.IntervalSeconds * retrier.BackoffRate ** used, retrier.MaxDelaySeconds);
    return 1000 * seconds;
  };
}
