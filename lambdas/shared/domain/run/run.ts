import * as z from 'zod';
import { type Execution, resumeSchema } from '../state.ts';
import { runStatusSchema } from './run-status.ts';

/** A run as the table has it. Fields that another version has added pass. */
export const runSchema = z.object({
  runId: z.string(),
  /** The executions of the run, in their order; each but the first goes on where the one before was cut off. */
  executionArns: z.array(z.string()),
  status: z.union([z.enum(['Planning', 'Running']), runStatusSchema]),
  startedAt: z.string(),
  /** What its first execution was started with, as JSON: a run that is cut off before its plan is planned by the next one. */
  requestJson: z.string().optional(),
  jobCount: z.int().min(0),
  reason: z.string().optional(),
  /** When the table may forget it, in seconds since 1970; only one that has ended and answered nothing has one. */
  expiresAt: z.int().optional(),
  /** When it was noticed that a person stopped it. */
  stopRequestedAt: z.iso.datetime().optional(),
  /** What the plan came to, for people who watch; the attempt that goes on. */
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
      /** What the attempt is expected to cost in USD, and at most; absent in further attempts and where the model has no price. */
      estimate: z.object({ totalUsd: z.number(), atMostUsd: z.number() }).optional(),
    })
    .optional(),
});
export type Run = z.infer<typeof runSchema>;

/** Whether a run still goes on, or is to be resumed. */
export function isOpen(run: Pick<Run, 'status'>): boolean {
  return run.status === 'Planning' || run.status === 'Running';
}

/**
 * Whether an execution is one of a run's. A name may be used again 90 days after the end of the first execution, so that one that
 * resumes nothing is told by its start as well: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function isExecutionOf(run: Pick<Run, 'executionArns' | 'startedAt'>, execution: Execution): boolean {
  const isResume = resumeSchema.safeParse(execution.input).success;
  return run.executionArns.includes(execution.executionArn) && (isResume || run.startedAt === execution.startedAt);
}
