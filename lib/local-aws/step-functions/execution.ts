import type { ExecutionFile, ExecutionRecord } from './execution-files.ts';
import type { EventType, Machine, Progress } from './run.ts';

/** How an execution ended. */
export interface Outcome extends Pick<ExecutionRecord, 'output' | 'error' | 'cause'> {
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
}

/** An execution in the process that runs it. */
export interface Execution extends ExecutionFile {
  /** As it was when the execution began: neither a deploy nor a redrive gives it another one. Unknown of an earlier process. */
  readonly machine: Machine | undefined;
  readonly progress: Progress;
  /** Aborted at the end, with which `ended` resolves; a redrive has its own of both. */
  halt: AbortController;
  ended: PromiseWithResolvers<ExecutionRecord>;
  /** Resolves when nothing of the execution is at work any more, which may be long after its end. */
  atRest: Promise<void>;
  readonly redrives: { token: string | undefined; date: number }[];
}

const ending = () => ({ halt: new AbortController(), ended: Promise.withResolvers<ExecutionRecord>() });

export const newExecution = (file: ExecutionFile, machine?: Machine): Execution => ({
  ...{ ...file, machine, progress: { parts: [] }, atRest: Promise.resolve(), redrives: [] },
  ...ending(),
});

/** Makes an execution that has ended one that has not. */
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

/** The API names an event's details after its type, and says of data that none of it was cut. */
function namedDetails(type: EventType, details?: object): object {
  if (!details) return {};
  const [kind = type] = /State(Entered|Exited)$/.exec(type) ?? [];
  const whole = ['input', 'output', 'assignedVariables'].filter((field) => Object.hasOwn(details, field));
  const notes = whole.map((field) => [`${field}Details`, { truncated: false }]);
  const name = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}EventDetails`;
  return { [name]: { ...details, ...Object.fromEntries(notes) } };
}
