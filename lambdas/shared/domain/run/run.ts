import * as z from 'zod';
import { type Execution, resumeSchema } from '../state.ts';

/** How a run ended. */
export const runStatusSchema = z.enum([
  'Succeeded',
  'NothingToDo',
  'Planned',
  'PartlySucceeded',
  'Stopped',
  'Refused',
  'Failed',
]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** A run in the table. */
export const runSchema = z.object({
  runId: z.string(),
  /** The executions of the run, in order; each continues where the one before was interrupted. */
  executionArns: z.array(z.string()),
  status: z.union([z.enum(['Planning', 'Running']), runStatusSchema]),
  startedAt: z.string(),
  /** The input of its first execution, as JSON: a run interrupted before its plan is planned by the next one. */
  requestJson: z.string(),
  jobCount: z.int().min(0),
  reason: z.string().optional(),
  /** When the table may delete it, in seconds since 1970; only for an ended run without answers. */
  expiresAt: z.int().optional(),
  /** When it was noticed that a user stopped it. */
  stopRequestedAt: z.iso.datetime().optional(),
  /** The size and cost of the current attempt, for status and watch. */
  planned: z
    .object({
      attempt: z.int(),
      records: z.int(),
      jobs: z.int(),
      layout: z.string(),
      layoutReason: z.string(),
      stagedBytes: z.int(),
      stagedUsd: z.number(),
      longestHours: z.number(),
      /** The expected and the highest cost in USD; absent for further attempts and without a price. */
      estimate: z.object({ totalUsd: z.number(), atMostUsd: z.number() }).optional(),
    })
    .optional(),
});
export type Run = z.infer<typeof runSchema>;

/** Returns whether a run is active or will be resumed. */
export function isOpen(run: Pick<Run, 'status'>): boolean {
  return run.status === 'Planning' || run.status === 'Running';
}

/**
 * Returns whether an execution belongs to a run. A name can be reused after 90 days, so a first execution must match
 * the start, too: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function isExecutionOf(run: Pick<Run, 'executionArns' | 'startedAt'>, execution: Execution): boolean {
  const isResume = resumeSchema.safeParse(execution.input).success;
  return run.executionArns.includes(execution.executionArn) && (isResume || run.startedAt === execution.startedAt);
}
