import type { Turn } from '../clock.ts';
import type { Execution, Outcome } from './execution.ts';
import type { ExecutionRecord } from './execution-files.ts';
import { runWorkflow } from './interpreter.ts';
import type { Branch, EventType, Machine, Run } from './run.ts';
import { asTaskError } from './task-error.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html: the last may only be a success. */
const maxHistoryEvents = 25_000;

/** What the states of an execution need, and how their events and their end are recorded. */
export interface Walk extends Omit<Run, 'machine' | 'context' | 'record'> {
  append(execution: Execution, previousEventId: number, type: EventType, details?: object): number;
  end(execution: Execution, outcome: Outcome, previousEventId?: number): void;
}

/** Runs the states of an execution from its progress to an end. */
export async function walkThrough(execution: Execution, machine: Machine, turn: Turn, walk: Walk): Promise<void> {
  const { append, end, ...surroundings } = walk;
  const { record, events, halt, progress } = execution;
  const lastEventId = record.redriveCount > 0 ? events.length : 0;
  const branch: Branch = { lastEventId, turn, signal: halt.signal, variables: {}, progress };
  const input: unknown = JSON.parse(record.input);
  const addEvent: Run['record'] = (path, type, details) => {
    halt.signal.throwIfAborted();
    const used = events.length;
    if (used >= maxHistoryEvents - 1) {
      const cause = `The execution reached the maximum number of history events (${maxHistoryEvents}).`;
      end(execution, { status: 'FAILED', error: 'States.Runtime', cause }, used);
      halt.signal.throwIfAborted();
    }
    path.lastEventId = append(execution, path.lastEventId, type, details);
  };
  const run = { ...surroundings, machine, context: contextOf(record, machine, input), record: addEvent };
  const outcome = await runWorkflow(run, branch, machine.workflow, input).then(
    (output): Outcome => ({ status: 'SUCCEEDED', output: JSON.stringify(output) }),
    (thrown): Outcome => {
      const { error, cause } = asTaskError(thrown);
      return { status: 'FAILED', error, cause };
    },
  );
  // It may have ended long ago, and been redriven since.
  if (!halt.signal.aborted) end(execution, outcome, branch.lastEventId);
}

/** `$states.context`: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextOf(record: ExecutionRecord, { arn, roleArn }: Machine, input: unknown) {
  const { executionArn, name, startDate, redriveCount, redriveDate } = record;
  const redriven = redriveDate !== undefined && { RedriveTime: new Date(redriveDate).toISOString() };
  const times = { StartTime: new Date(startDate).toISOString(), RedriveCount: redriveCount, ...redriven };
  return {
    Execution: { Id: executionArn, Name: name, RoleArn: roleArn, Input: input, ...times },
    StateMachine: { Id: arn, Name: arn.split(':')[6] },
  };
}
