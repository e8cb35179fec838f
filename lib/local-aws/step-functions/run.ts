import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Clock, Turn } from '../clock.ts';
import type { Access } from '../iam/access.ts';
import type { State, Workflow } from './definition.ts';
import type { ExecutionRecord } from './execution-files.ts';
import type { Evaluate } from './jsonata.ts';

/** A state machine, or the part of one that the children of a distributed Map run. */
export interface Machine {
  arn: string;
  roleArn: string;
  workflow: Workflow;
}

/**
 * Runs a function and resolves to what it answers, JSON as text. It holds the clock itself while the function works.
 *
 * @throws TaskError with the function's error type, and its error as JSON for a cause
 */
export type InvokeFunction = (functionArn: string, payload: string, roleArn: string) => Promise<string>;

/** What executions take from outside. */
export interface Surroundings {
  clock: Clock;
  /** Names Map Runs, their children and executions without a name. */
  newId(): string;
  /** Judges what a machine's role may do. */
  access: Pick<Access, 'authorize'>;
  invokeFunction: InvokeFunction;
}

export type EventType = HistoryEventType | `${State['Type']}StateExited`;
export type Values = Record<string, unknown>;

/** What all states of one execution share. */
export interface Run extends Surroundings {
  machine: Machine;
  /** `$states.context`, as far as it is the same in every state. */
  context: Values;
  evaluate: Evaluate;
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
