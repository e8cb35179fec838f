import pMap, { pMapSkip } from 'p-map';
import { reasonOf } from '../reason.ts';
import type { StateOf, Workflow } from './definition.ts';
import type { Branch, Run, Values } from './run.ts';
import type { Step } from './step.ts';
import { asTaskError, TaskError, toPayload } from './task-error.ts';

/** The service's maximum: https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html */
const maxConcurrency = { INLINE: 40, DISTRIBUTED: 10_000 };

/** Runs the states of a branch or an iteration to the last output. */
type RunWorkflow = (run: Run, branch: Branch, workflow: Workflow, input: unknown) => Promise<unknown>;
type RunItem<Item> = (branch: Branch, item: Item, index: number) => Promise<unknown>;

/** Runs a Parallel state; resolves to the outputs of its branches in their order. */
export function runParallel(
  { run, branch, input }: Step,
  { Branches }: StateOf<'Parallel'>,
  runWorkflow: RunWorkflow,
): Promise<unknown[]> {
  run.record(branch, 'ParallelStateStarted');
  const runBranch: RunItem<Workflow> = (own, workflow) => runWorkflow(run, own, workflow, input);
  const runBranches = () => sideBySide(run, branch, Branches, Number.POSITIVE_INFINITY, runBranch);
  return withOutcome(run, branch, 'ParallelState', runBranches);
}

/** Runs a Map state; resolves to the outputs in the order of the items. */
export async function runMap(step: Step, state: StateOf<'Map'>, runWorkflow: RunWorkflow): Promise<unknown[]> {
  const { run, branch, name, context } = step;
  const { ItemProcessor: workflow, ItemSelector } = state;
  const items = state.Items === undefined ? step.input : await step.evaluate(state.Items, 'Items');
  if (!Array.isArray(items)) throw new TaskError('States.QueryEvaluationError', `Items of "${name}" is not an array.`);
  const mode = workflow.ProcessorConfig?.Mode ?? 'INLINE';
  const wanted = await step.evaluateNumber(state.MaxConcurrency, 'MaxConcurrency', 0);
  const concurrency = Math.min(wanted || maxConcurrency[mode], maxConcurrency[mode]);
  const tolerated = await toleratedFailures(step, state, items.length);

  const runItems = (runItem: RunItem<unknown>, stop?: AbortSignal) => {
    async function runOne(own: Branch, Value: unknown, Index: number) {
      own.mapItem = { Index, Value };
      if (ItemSelector === undefined) return runItem(own, Value, Index);
      const more = { context: { ...context, Map: { Item: own.mapItem } } };
      return runItem(own, await step.evaluate(ItemSelector, 'ItemSelector', more), Index);
    }
    return sideBySide(run, branch, items, concurrency, runOne, stop);
  };
  if (!branch.progress.mapRun) run.record(branch, 'MapStateStarted', { length: items.length });
  return withOutcome(run, branch, 'MapState', async () => {
    if (mode === 'INLINE') return runItems(iteration(step, workflow, runWorkflow));
    const over = new AbortController();
    const { runChild, stop } = openMapRun(step, state, tolerated, over.signal);
    return withOutcome(run, branch, 'MapRun', async () => {
      const outputs = await runItems(runChild, stop).finally(() => over.abort());
      // Even if the state discards them:
      // https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
      toPayload(outputs, name);
      return outputs;
    });
  });
}

function iteration({ run, name }: Step, workflow: Workflow, runWorkflow: RunWorkflow): RunItem<unknown> {
  return (branch, input, index) => {
    run.record(branch, 'MapIterationStarted', { name, index });
    return withOutcome(run, branch, 'MapIteration', () => runWorkflow(run, branch, workflow, input), { name, index });
  };
}

/**
 * Each item is an execution of its own. A tolerated failure has no output. A redrive continues the same Map Run:
 * children that did not succeed are redriven, those that never began start.
 * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
 *
 * The machine's role needs the rights to start and redrive children. The rights to follow and stop them are not checked
 * here: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#dist-map-permissions
 */
function openMapRun({ run, branch, name }: Step, state: StateOf<'Map'>, tolerated: number, over: AbortSignal) {
  const { progress } = branch;
  const begun = progress.parts.flatMap(({ childArn, done }) => (childArn && !done ? [childArn] : []));
  try {
    run.access.authorize(run.machine.roleArn, 'states:StartExecution', run.machine.arn);
    for (const childArn of begun) run.access.authorize(run.machine.roleArn, 'states:RedriveExecution', childArn);
  } catch (denied) {
    // Which error a Map state has then is UNVERIFIED; this is that of a Task without permission.
    throw new TaskError('States.Permissions', reasonOf(denied));
  }
  const before = progress.mapRun;
  const label = before?.label ?? state.Label ?? run.newId();
  const machine = { ...run.machine, arn: `${run.machine.arn}/${label}`, workflow: state.ItemProcessor };
  const mapRunArn = before?.mapRunArn ?? `${machine.arn.replace(':stateMachine:', ':mapRun:')}:${run.newId()}`;
  const redriveCount = before ? before.redriveCount + 1 : 0;
  run.record(branch, before ? 'MapRunRedriven' : 'MapRunStarted', { mapRunArn, ...(before && { redriveCount }) });
  progress.mapRun = { label, mapRunArn, redriveCount };
  const stop = AbortSignal.any([over, run.stopOf(mapRunArn, branch.signal)]);
  for (const childArn of begun) run.awaitRedrive(childArn, stop);
  let failures = 0;
  const runChild: RunItem<unknown> = async (own, item) => {
    own.signal.throwIfAborted();
    const input = toPayload(item, name);
    const known = own.progress.childArn;
    const { childArn, ended } = run.runChild({ machine, input, mapRunArn, childArn: known, stop: own.signal });
    own.progress.childArn = childArn;
    const { status, output = 'null' } = await own.turn.waitFor(ended);
    if (status === 'SUCCEEDED') return JSON.parse(output);
    failures += 1;
    if (failures <= tolerated) return pMapSkip;
    const cause = 'The specified tolerated failure threshold was exceeded';
    throw new TaskError('States.ExceedToleratedFailureThreshold', cause);
  };
  return { runChild, stop };
}

async function toleratedFailures({ evaluateNumber }: Step, state: StateOf<'Map'>, total: number): Promise<number> {
  const { ToleratedFailureCount: count, ToleratedFailurePercentage: percentage } = state;
  if (count === undefined && percentage === undefined) return 0;
  const most = await evaluateNumber(count ?? total, 'ToleratedFailureCount', 0);
  const share = await evaluateNumber(percentage ?? 100, 'ToleratedFailurePercentage', 0, 100);
  return Math.min(most, Math.floor((total * share) / 100));
}

/**
 * Runs a branch for each item that has not succeeded before, at most `concurrency` at once. The first failure stops the
 * others.
 */
async function sideBySide<T>(
  run: Run,
  parent: Branch,
  items: T[],
  concurrency: number,
  runItem: RunItem<T>,
  stop = parent.signal,
) {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const forks = new Set<Promise<unknown>>();
  function fork(item: T, index: number): Promise<unknown> {
    // Each holds the clock for itself: one may work while another sleeps.
    const work = run.clock.run(async (turn) => {
      const progress = parent.progress.parts[index] ?? { parts: [] };
      parent.progress.parts[index] = progress;
      if (progress.done) return progress.done.output;
      const branch = { ...parent, turn, signal, variables: { ...parent.variables }, progress };
      try {
        const output = await runItem(branch, item, index);
        if (output !== pMapSkip) progress.done = { output };
        return output;
      } finally {
        if (!signal.aborted) parent.lastEventId = branch.lastEventId;
      }
    });
    forks.add(work);
    return work;
  }
  try {
    return await parent.turn.waitFor(pMap(items, fork, { concurrency }));
  } catch (thrown) {
    failed.abort(thrown);
    await parent.turn.waitFor(Promise.allSettled(forks));
    throw thrown;
  }
}

type Kind = 'ParallelState' | 'MapState' | 'MapRun' | 'MapIteration';

/** Records how something ended; later events follow what failed. */
async function withOutcome<T>(run: Run, branch: Branch, kind: Kind, work: () => Promise<T>, details?: Values) {
  let output: T;
  try {
    output = await work();
  } catch (thrown) {
    const { error, cause } = asTaskError(thrown);
    if (branch.signal.aborted) run.record({ ...branch }, `${kind}Aborted`, details);
    else run.record({ ...branch }, `${kind}Failed`, kind === 'MapRun' ? { error, cause } : details);
    throw thrown;
  }
  run.record(kind.endsWith('State') ? { ...branch } : branch, `${kind}Succeeded`, details);
  return output;
}
