import type { ExecutionFile, ExecutionRecord } from './execution-files.ts';
import type { EventType, Machine, Progress } from './run.ts';

/** How an execution ended. */
export interface Outcome extends Pick<ExecutionRecord, 'output' | 'error' | 'cause'> {
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
}

/** An execution in the process that runs it. */
export interface Execution extends ExecutionFile {
  /** Deploys and redrives do not change it. Undefined for an execution of an earlier process. */
  readonly machine: Machine | undefined;
  readonly progress: Progress;
  /** Aborted at the end, when `ended` resolves; a redrive replaces both. */
  halt: AbortController;
  ended: PromiseWithResolvers<ExecutionRecord>;
  /** Resolves when all work of the execution is done, which may be long after its end. */
  atRest: Promise<void>;
  readonly redrives: { token: string | undefined; date: number }[];
}

const ending = () => ({ halt: new AbortController(), ended: Promise.withResolvers<ExecutionRecord>() });

export const newExecution = (file: ExecutionFile, machine?: Machine): Execution => ({
  ...{ ...file, machine, progress: { parts: [] }, atRest: Promise.resolve(), redrives: [] },
  ...ending(),
});

/** Reopens an execution that has ended. */
export function revive(execution: Execution): void {
  Object.assign(execution.record, {
    status: 'PENDING_REDRIVE',
    stopDate: undefined,
    error: undefined,
    cause: undefined,
  });
  Object.assign(execution, ending());
}

/** Adds an event to the history of an execution and returns its ID. */
export function appendEvent(
  { events }: Execution,
  now: number,
  previousEventId: number,
  type: EventType,
  details?: object,
) {
  const id = events.length + 1;
  events.push({ id, previousEventId, timestamp: now, type, ...namedDetails(type, details) });
  return id;
}

/** An event's details under the name of its type, as in the API, with data marked as not truncated. */
function namedDetails(type: EventType, details?: object): object {
  if (!details) return {};
  const [kind = type] = /State(Entered|Exited)$/.exec(type) ?? [];
  const whole = ['input', 'output', 'assignedVariables'].filter((field) => Object.hasOwn(details, field));
  const notes = whole.map((field) => [`${field}Details`, { truncated: false }]);
  const name = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}EventDetails`;
  return { [name]: { ...details, ...Object.fromEntries(notes) } };
}
