import { hash } from 'node:crypto';
import type { Turn } from '../clock.ts';
import { ServiceError } from '../endpoint.ts';
import { openJsonFiles } from '../json-files.ts';
import { type ExecutionFile, type ExecutionRecord, executionFileSchema, type HistoryEvent } from './execution-files.ts';
import { runWorkflow } from './interpreter.ts';
import { createEvaluate } from './jsonata.ts';
import type { Branch, EventType, Machine, Run, Surroundings } from './run.ts';
import { asTaskError } from './task-error.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html: the last may only be a success. */
const maxHistoryEvents = 25_000;
/** How long an execution is known after its end: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const retentionMs = 90 * 24 * 3_600_000;
const stopped = 'The local AWS was stopped while this execution ran.';
const endEvents = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
} as const;

type Reason = Pick<ExecutionRecord, 'error' | 'cause'>;
type Outcome = Pick<ExecutionRecord, 'output'> & Reason & { status: keyof typeof endEvents };

interface Execution extends ExecutionFile {
  halt: AbortController;
  ended: PromiseWithResolvers<ExecutionRecord>;
}

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

/** Runs executions and remembers them; those that an earlier process left running are ABORTED. */
export function createExecutions({ folder, onStatusChange, ...surroundings }: ExecutionsOptions) {
  const { clock, newId } = surroundings;
  const evaluate = createEvaluate(clock);
  const files = openJsonFiles(folder, executionFileSchema);
  const executions = new Map<string, Execution>();
  const isKept = ({ stopDate = Number.POSITIVE_INFINITY }: ExecutionRecord) => clock.now() - stopDate < retentionMs;

  function find(executionArn: string): Execution | undefined {
    const execution = executions.get(executionArn);
    return execution && isKept(execution.record) ? execution : undefined;
  }

  function track({ record, events }: ExecutionFile): Execution {
    const execution = { record, events, halt: new AbortController(), ended: Promise.withResolvers<ExecutionRecord>() };
    executions.set(record.executionArn, execution);
    return execution;
  }

  function save({ record, events }: Execution): void {
    files.write(hash('sha256', record.executionArn).slice(0, 32), { record, events });
  }

  function append(execution: Execution, previousEventId: number, type: EventType, details?: object): number {
    const id = execution.events.length + 1;
    execution.events.push({ id, previousEventId, timestamp: clock.now(), type, ...namedDetails(type, details) });
    return id;
  }

  /** Only the first end counts. One from outside follows no event. */
  function end(execution: Execution, outcome: Outcome, previousEventId = 0): void {
    const { record, halt, ended } = execution;
    if (record.status !== 'RUNNING') return;
    const { status, ...details } = outcome;
    append(execution, previousEventId, endEvents[status], details);
    Object.assign(record, outcome, { stopDate: Math.max(clock.now(), record.startDate) });
    save(execution);
    halt.abort(new Error(`The execution ${record.executionArn} has ended.`));
    ended.resolve(record);
  }

  /** The same name and input again is the same execution, as long as it runs. */
  function start({ machine, name = newId(), input, mapRunArn, stop }: StartRequest): Execution {
    const executionArn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = find(executionArn);
    if (known?.record.status === 'RUNNING' && known.record.input === input) return known;
    if (known) throw new ServiceError('ExecutionAlreadyExists', 400, `Execution Already Exists: '${executionArn}'`);
    const startDate = clock.now();
    const record = { executionArn, stateMachineArn: machine.arn, name, startDate, input, mapRunArn };
    const execution = track({ record: { ...record, status: 'RUNNING' }, events: [] });
    append(execution, 0, 'ExecutionStarted', { input, roleArn: machine.roleArn });
    save(execution);
    if (mapRunArn === undefined) {
      onStatusChange(execution.record);
      void execution.ended.promise.then(onStatusChange);
    }
    const { signal } = execution.halt;
    stop?.addEventListener('abort', () => end(execution, { status: 'ABORTED' }), { signal });
    const endedInTime = () => {};
    const limitMs = 1000 * (machine.workflow.TimeoutSeconds ?? Number.POSITIVE_INFINITY);
    clock.sleep(limitMs, { signal }).then(() => end(execution, { status: 'TIMED_OUT' }), endedInTime);
    void clock.run((turn) => walkThrough(execution, machine, turn));
    return execution;
  }

  async function walkThrough(execution: Execution, machine: Machine, turn: Turn): Promise<void> {
    const { record, halt } = execution;
    const branch: Branch = { lastEventId: 0, turn, signal: halt.signal, variables: {} };
    const input: unknown = JSON.parse(record.input);
    const StartTime = new Date(record.startDate).toISOString();
    const Execution = { Id: record.executionArn, Name: record.name, RoleArn: machine.roleArn, RedriveCount: 0 };
    const StateMachine = { Id: machine.arn, Name: machine.arn.split(':')[6] };
    const context = { Execution: { ...Execution, Input: input, StartTime }, StateMachine };
    const runChild: Run['runChild'] = (child) => start(child).ended.promise;
    const addEvent: Run['record'] = (path, type, details) => {
      halt.signal.throwIfAborted();
      const used = execution.events.length;
      if (used >= maxHistoryEvents - 1) {
        const cause = `The execution reached the maximum number of history events (${maxHistoryEvents}).`;
        end(execution, { status: 'FAILED', error: 'States.Runtime', cause }, used);
        halt.signal.throwIfAborted();
      }
      path.lastEventId = append(execution, path.lastEventId, type, details);
    };
    const run = { ...surroundings, machine, context, evaluate, runChild, record: addEvent };
    const outcome = await runWorkflow(run, branch, machine.workflow, input).then(
      (output): Outcome => ({ status: 'SUCCEEDED', output: JSON.stringify(output) }),
      (thrown): Outcome => {
        const { error, cause } = asTaskError(thrown);
        return { status: 'FAILED', error, cause };
      },
    );
    end(execution, outcome, branch.lastEventId);
  }

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
    /** Ends an execution and its children; a function that they wait for runs on. */
    stop(executionArn: string, reason: Reason): void {
      const execution = executions.get(executionArn);
      if (execution) end(execution, { status: 'ABORTED', ...reason });
    },
    /** Ends everything that runs as ABORTED. */
    async close(): Promise<void> {
      for (const execution of executions.values()) end(execution, { status: 'ABORTED', cause: stopped });
    },
  };
}

/** The API names an event's details after its type, and says of data that none of it was cut. */
function namedDetails(type: EventType, details?: object): object {
  if (!details) return {};
  const [kind = type] = /State(Entered|Exited)$/.exec(type) ?? [];
  const whole = ['input', 'output', 'assignedVariables'].filter((field) => Object.hasOwn(details, field));
  const notes = whole.map((field) => [`${field}Details`, { truncated: false }]);
  const name = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}EventDetails`;
  return { [name]: { ...details, ...Object.fromEntries(notes) } };
}
