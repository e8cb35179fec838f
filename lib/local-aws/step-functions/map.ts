import { createHash } from 'node:crypto';
import pMap, { pMapSkip } from 'p-map';
import type { Workflow } from './definition.ts';
import { runWorkflow } from './interpreter.ts';
import type { Branch, Run, Step, Values } from './run.ts';
import { asTaskError, TaskError, toPayload } from './task-error.ts';

/** What the service runs at once at most; https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html */
const maxConcurrency = { INLINE: 40, DISTRIBUTED: 10_000 };

type RunItem<Item> = (branch: Branch, item: Item, index: number) => Promise<unknown>;

/** Runs a Parallel state; resolves to the outputs of its branches in their order. */
export function runParallel({ run, branch, state, input }: Step): Promise<unknown[]> {
  run.record(branch, 'ParallelStateStarted');
  const runBranch: RunItem<Workflow> = (own, workflow) => runWorkflow(run, own, workflow, input);
  const runBranches = () => sideBySide(run, branch, state.Branches, Number.POSITIVE_INFINITY, runBranch);
  return withOutcome(run, branch, 'ParallelState', runBranches);
}

/** Runs a Map state; resolves to the outputs in the order of the items. */
export async function runMap(step: Step): Promise<unknown[]> {
  const { run, branch, state, name, context } = step;
  const { ItemProcessor: workflow, ItemSelector } = state;
  const items = state.Items === undefined ? step.input : await step.evaluate(state.Items, 'Items');
  if (!Array.isArray(items)) throw new TaskError('States.QueryEvaluationError', `Items of "${name}" is not an array.`);
  if (!workflow) throw new TaskError('States.Runtime', `"${name}" has no ItemProcessor.`);
  const mode = workflow.ProcessorConfig?.Mode ?? 'INLINE';
  const wanted = await step.evaluateNumber(state.MaxConcurrency, 'MaxConcurrency', 0);
  const concurrency = Math.min(wanted || maxConcurrency[mode], maxConcurrency[mode]);
  const tolerated = await toleratedFailures(step, items.length);
  run.record(branch, 'MapStateStarted', { length: items.length });
  const runItem = mode === 'INLINE' ? iteration(step, workflow) : startMapRun(step, workflow, tolerated);

  async function selectAndRun(own: Branch, Value: unknown, Index: number): Promise<unknown> {
    own.mapItem = { Index, Value };
    if (ItemSelector === undefined) return runItem(own, Value, Index);
    const more = { context: { ...context, Map: { Item: own.mapItem } } };
    return runItem(own, await step.evaluate(ItemSelector, 'ItemSelector', more), Index);
  }
  const runItems = () => sideBySide(run, branch, items, concurrency, selectAndRun);
  const work = mode === 'INLINE' ? runItems : () => withOutcome(run, branch, 'MapRun', runItems);
  return withOutcome(run, branch, 'MapState', work);
}

function iteration({ run, name }: Step, workflow: Workflow): RunItem<unknown> {
  return (branch, input, index) => {
    run.record(branch, 'MapIterationStarted', { name, index });
    return withOutcome(run, branch, 'MapIteration', () => runWorkflow(run, branch, workflow, input), { name, index });
  };
}

/** Each item is an execution of its own. One that fails within what is tolerated leaves nothing among the outputs. */
function startMapRun({ run, branch, name, state }: Step, workflow: Workflow, tolerated: number): RunItem<unknown> {
  const label = state.Label ?? createHash('sha256').update(name).digest('hex').slice(0, 32);
  const parent = run.machine;
  const machine = { ...parent, arn: `${parent.arn}/${label}`, name: `${parent.name}/${label}`, workflow };
  const mapRunArn = `${machine.arn.replace(':stateMachine:', ':mapRun:')}:${run.newId()}`;
  run.record(branch, 'MapRunStarted', { mapRunArn });
  let failures = 0;
  return async (own, item) => {
    const child = run.runChild({ machine, input: toPayload(item, name), mapRunArn, stop: own.signal });
    const { status, output = 'null' } = await own.turn.waitFor(child);
    if (status === 'SUCCEEDED') return JSON.parse(output);
    failures += 1;
    if (failures <= tolerated) return pMapSkip;
    const cause = 'The specified tolerated failure threshold was exceeded';
    throw new TaskError('States.ExceedToleratedFailureThreshold', cause);
  };
}

async function toleratedFailures({ state, evaluateNumber }: Step, total: number): Promise<number> {
  const { ToleratedFailureCount: count, ToleratedFailurePercentage: percentage } = state;
  if (count === undefined && percentage === undefined) return 0;
  const most = await evaluateNumber(count ?? total, 'ToleratedFailureCount', 0);
  const share = await evaluateNumber(percentage ?? 100, 'ToleratedFailurePercentage', 0, 100);
  return Math.min(most, Math.floor((total * share) / 100));
}

/** Runs a branch for each item, at most `concurrency` at once; the first that fails stops the others. */
async function sideBySide<T>(run: Run, parent: Branch, items: T[], concurrency: number, runItem: RunItem<T>) {
  const failed = new AbortController();
  const signal = AbortSignal.any([parent.signal, failed.signal]);
  const forks = new Set<Promise<unknown>>();
  function fork(item: T, index: number): Promise<unknown> {
    // Each holds the clock for itself: one may work while another sleeps.
    const work = run.clock.run(async (turn) => {
      const branch = { ...parent, turn, signal, variables: { ...parent.variables } };
      try {
        return await runItem(branch, item, index);
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

/** Writes to the history how something ended. What comes after a failure follows what failed. */
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
