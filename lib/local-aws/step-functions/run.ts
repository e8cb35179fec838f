import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Turn } from '../clock.ts';
import type { State, Workflow } from './definition.ts';
import type { ExecutionRecord } from './execution-files.ts';
import type { Evaluate, Surroundings } from './jsonata.ts';

/** A state machine, or the part of one that the children of a distributed Map run. */
export interface Machine {
  arn: string;
  name: string;
  roleArn: string;
  workflow: Workflow;
}

/** Does the work of a Task state and resolves to its `$states.result`; throws TaskError. */
export type RunTask = (call: TaskCall) => Promise<unknown>;
export type TaskCall = { stateName: string; functionName: string; payload: unknown; roleArn: string };

export type EventType = HistoryEventType | `${State['Type']}StateExited`;
export type Values = Record<string, unknown>;

/** What all states of one execution share. */
export interface Run extends Surroundings {
  machine: Machine;
  /** `$states.context`, as far as it is the same in every state. */
  context: Values;
  evaluate: Evaluate;
  runTask: RunTask;
  /** Adds an event to the history, after the last one of the same path. */
  record(path: { lastEventId: number }, type: EventType, details?: Values): void;
  /** Resolves when the child has ended, however it did. */
  runChild(child: { machine: Machine; input: string; mapRunArn: string; stop: AbortSignal }): Promise<ExecutionRecord>;
}

/** One path through the states: of an execution, a Parallel's branch or a Map's iteration. */
export interface Branch {
  lastEventId: number;
  turn: Turn;
  signal: AbortSignal;
  variables: Values;
  mapItem?: { Index: number; Value: unknown };
}

/** One visit to a state. */
export interface Step {
  run: Run;
  branch: Branch;
  name: string;
  state: State;
  input: unknown;
  context: Values & { State: { RetryCount: number } };
  /** @param more what `$states` has beside input and context */
  evaluate(template: unknown, field: string, more?: Values): Promise<unknown>;
  /** Evaluates to a whole number; `most` is by default the longest time in seconds. */
  evaluateNumber(template: unknown, field: string, least: number, most?: number): Promise<number>;
}
