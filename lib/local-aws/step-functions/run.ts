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
 * Runs a function and resolves to its answer, JSON as text. It holds the clock while the function works.
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
  /**
   * Whether a Map Run continues after its parent was stopped or timed out; by default it ends with it. "A Map Run can
   * continue to run", when and for how long is undocumented.
   * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
   */
  outlivesParent?: ((mapRunArn: string) => boolean) | undefined;
}

export type EventType = HistoryEventType | `${State['Type']}StateExited`;
export type Values = Record<string, unknown>;

/** The progress of a path through the states, from which a redrive continues. */
export interface Progress {
  /** The next state or, once it is entered, the current one. */
  at?: { name: string; input: unknown; variables: Values; entered: boolean };
  /** Of that state's branches, iterations or children. */
  parts: Progress[];
  /** That state's Map Run. */
  mapRun?: { label: string; mapRunArn: string; redriveCount: number };
  /** The execution that is this part, if it is a child of a Map Run. */
  childArn?: string;
  /** What a part that has succeeded resolved to. */
  done?: { output: unknown };
}

/** An execution of a Map Run: begun, or with `childArn` redriven. */
export interface Child {
  machine: Machine;
  input: string;
  mapRunArn: string;
  childArn?: string | undefined;
  stop: AbortSignal;
}

/** What all states of one execution share. */
export interface Run extends Surroundings {
  machine: Machine;
  /** `$states.context`, as far as it is the same in every state. */
  context: Values;
  evaluate: Evaluate;
  /** Adds an event to the history, after the last one of the same path. */
  record(path: { lastEventId: number }, type: EventType, details?: Values): void;
  /** `ended` resolves at any end. */
  runChild(child: Child): { childArn: string; ended: Promise<ExecutionRecord> };
  /** Makes a child that did not succeed wait for its redrive. */
  awaitRedrive(childArn: string, stop: AbortSignal): void;
  /** What ends a Map Run from outside. */
  stopOf(mapRunArn: string, parentStop: AbortSignal): AbortSignal;
}

/** One path through the states: of an execution, a Parallel's branch or a Map's iteration. */
export interface Branch {
  lastEventId: number;
  turn: Turn;
  signal: AbortSignal;
  variables: Values;
  progress: Progress;
  mapItem?: { Index: number; Value: unknown };
}
