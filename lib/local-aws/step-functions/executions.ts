import { hash } from 'node:crypto';
import { openJsonFiles } from '../json-files.ts';
import { ServiceError } from '../service.ts';
import { appendEvent, type Execution, newExecution, type Outcome, revive } from './execution.ts';
import { type ExecutionFile, type ExecutionRecord, executionFileSchema, type HistoryEvent } from './execution-files.ts';
import { createEvaluate } from './jsonata.ts';
import { isUnsuccessful, judgeRedrive, type RedriveState, redriveStateOf } from './redrive.ts';
import type { EventType, Machine, Run, Surroundings } from './run.ts';
import { walkThrough } from './walk.ts';

/** After its end: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const retentionMs = 90 * 24 * 3_600_000;
const stopped = 'The local AWS was stopped while this execution ran.';
const endEvents: Record<Outcome['status'], EventType> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
};

export interface StartRequest {
  machine: Machine;
  /** By default a new ID. */
  name?: string | undefined;
  input: string;
  mapRunArn?: string;
  /** Ends the execution as ABORTED. */
  stop?: AbortSignal;
}

export interface ExecutionsOptions extends Surroundings {
  folder: string;
  /** Called when an execution starts and when it ends; not for the children of a distributed Map. */
  onStatusChange(record: ExecutionRecord): void;
}

export type Executions = ReturnType<typeof createExecutions>;

/** Runs executions and keeps them; those that an earlier process left running become ABORTED. */
export function createExecutions({ folder, onStatusChange, ...surroundings }: ExecutionsOptions) {
  const { clock, newId, outlivesParent = () => false } = surroundings;
  const closing = new AbortController();
  const evaluate = createEvaluate(clock);
  const files = openJsonFiles(folder, executionFileSchema);
  const executions = new Map<string, Execution>();
  const isKept = ({ stopDate = Number.POSITIVE_INFINITY }: ExecutionRecord) => clock.now() - stopDate < retentionMs;

  function find(executionArn: string): Execution | undefined {
    const execution = executions.get(executionArn);
    return execution && isKept(execution.record) ? execution : undefined;
  }

  function track(file: ExecutionFile, machine?: Machine): Execution {
    const execution = newExecution(file, machine);
    executions.set(file.record.executionArn, execution);
    return execution;
  }

  function save({ record, events }: Execution): void {
    files.write(hash('sha256', record.executionArn).slice(0, 32), { record, events });
  }

  const append = (execution: Execution, ...event: [previousEventId: number, type: EventType, details?: object]) =>
    appendEvent(execution, clock.now(), ...event);

  /** Only the first end counts. An end from outside follows no event. */
  function end(execution: Execution, outcome: Outcome, previousEventId = 0): void {
    const { record, halt, ended } = execution;
    if (record.status !== 'RUNNING' && record.status !== 'PENDING_REDRIVE') return;
    const { status, ...details } = outcome;
    append(execution, previousEventId, endEvents[status], details);
    Object.assign(record, outcome, { stopDate: Math.max(clock.now(), record.startDate) });
    save(execution);
    halt.abort(new Error(`The execution ${record.executionArn} has ended.`));
    ended.resolve(record);
  }

  /** The same name and input return the same execution while it runs. */
  function start({ machine, name = newId(), input, mapRunArn, stop }: StartRequest): Execution {
    const executionArn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = find(executionArn);
    if (known?.record.status === 'RUNNING' && known.record.input === input) return known;
    if (known) throw new ServiceError('ExecutionAlreadyExists', 400, `Execution Already Exists: '${executionArn}'`);
    const startDate = clock.now();
    const record = { executionArn, stateMachineArn: machine.arn, name, startDate, input, mapRunArn, redriveCount: 0 };
    const execution = track({ record: { ...record, status: 'RUNNING' }, events: [] }, machine);
    append(execution, 0, 'ExecutionStarted', { input, roleArn: machine.roleArn });
    endWith(execution, stop);
    go(execution, machine);
    return execution;
  }

  const endWith = (execution: Execution, stop?: AbortSignal) =>
    stop?.addEventListener('abort', () => end(execution, { status: 'ABORTED' }), { signal: execution.halt.signal });

  /** Starts an execution, or continues it from its progress. */
  function go(execution: Execution, machine: Machine): void {
    const { record, halt, ended, atRest } = execution;
    save(execution);
    if (record.mapRunArn === undefined) {
      onStatusChange(record);
      void ended.promise.then(onStatusChange);
    }
    const endedInTime = () => {};
    // That a redrive restarts the timeout is documented for a Task's, and UNVERIFIED for the machine's.
    const limitMs = 1000 * (machine.workflow.TimeoutSeconds ?? Number.POSITIVE_INFINITY);
    clock.sleep(limitMs, { signal: halt.signal }).then(() => end(execution, { status: 'TIMED_OUT' }), endedInTime);
    execution.atRest = clock.run(async (turn) => {
      // "The running Map Run completes its operations before attempting to redrive."
      if (record.redriveCount > 0) await turn.waitFor(atRest);
      const children = { runChild, awaitRedrive, stopOf };
      await walkThrough(execution, machine, turn, { ...surroundings, ...children, evaluate, append, end });
    });
  }

  function redrive(execution: Execution, machine: Machine): void {
    const { record, events } = execution;
    record.status = 'RUNNING';
    record.redriveCount += 1;
    record.redriveDate = clock.now();
    // Which event it follows is UNVERIFIED.
    append(execution, events.length, 'ExecutionRedriven', { redriveCount: record.redriveCount });
    go(execution, machine);
  }

  const runChild: Run['runChild'] = ({ childArn, ...child }) => {
    const known = childArn === undefined ? undefined : executions.get(childArn);
    if (known?.record.status === 'PENDING_REDRIVE') redrive(known, child.machine);
    const { record, ended } = known ?? start(child);
    return { childArn: record.executionArn, ended: ended.promise };
  };

  function awaitRedrive(childArn: string, stop: AbortSignal): void {
    const child = executions.get(childArn);
    if (!child || !isUnsuccessful(child.record)) return;
    revive(child);
    endWith(child, stop);
  }

  const stopOf: Run['stopOf'] = (mapRunArn, parentStop) => (outlivesParent(mapRunArn) ? closing.signal : parentStop);

  const oldestFirst = files.read().sort((a, b) => a.record.startDate - b.record.startDate);
  for (const file of oldestFirst) end(track(file), { status: 'ABORTED', cause: stopped });

  return {
    /** @throws ServiceError ExecutionAlreadyExists */
    start: (request: StartRequest): ExecutionRecord => start(request).record,
    find: (executionArn: string): ExecutionRecord | undefined => find(executionArn)?.record,
    /** Newest first. */
    list: (): ExecutionRecord[] =>
      [...executions.values()].flatMap(({ record }) => (isKept(record) ? [record] : [])).reverse(),
    history: (executionArn: string): HistoryEvent[] => find(executionArn)?.events ?? [],
    /** The fields of DescribeExecution about redrives; undefined for an unknown execution. */
    redriveState(executionArn: string): RedriveState | undefined {
      const execution = find(executionArn);
      return execution && redriveStateOf(execution, clock.now());
    },
    /**
     * Continues an execution where it failed or was stopped, with the machine that it began with. Returns the time of
     * the redrive; for a repeated token, that of the first one.
     *
     * @throws ServiceError ExecutionDoesNotExist, ExecutionNotRedrivable
     */
    redrive(executionArn: string, token?: string): number {
      const execution = find(executionArn);
      if (!execution)
        throw new ServiceError('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${executionArn}'`);
      const { machine, redrives } = execution;
      const now = clock.now();
      const known = judgeRedrive(execution, token, now);
      if (known !== undefined || !machine) return known ?? now;
      redrives.push({ token, date: now });
      revive(execution);
      redrive(execution, machine);
      return now;
    },
    /** Ends an execution and its children; a function that they wait for keeps running. */
    stop(executionArn: string, reason: Pick<ExecutionRecord, 'error' | 'cause'>): void {
      const execution = executions.get(executionArn);
      if (execution) end(execution, { status: 'ABORTED', ...reason });
    },
    /** Ends everything that runs as ABORTED. */
    async close(): Promise<void> {
      closing.abort();
      for (const execution of executions.values()) end(execution, { status: 'ABORTED', cause: stopped });
    },
  };
}
