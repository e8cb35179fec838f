import * as z from 'zod';
import { checkpointSchema } from './checkpoint.ts';
import { bedrockStatusSchema } from './job/bedrock-status.ts';

/**
 * What the states pass to each other: references and counts only. Each step's whole output is declared here. A step
 * that returns a checkpoint is called again with it.
 */

/** Names one job of one run: the input of every state of a child execution. */
export const jobReferenceSchema = z.strictObject({ runId: z.string(), jobName: z.string() });
export type JobReference = z.infer<typeof jobReferenceSchema>;

/** The error that a catcher caught, as Step Functions says it. */
export const stateFailureSchema = z.strictObject({ error: z.string(), cause: z.string() });
export type StateFailure = z.infer<typeof stateFailureSchema>;

/** The execution of a step, with its input: a request, or `{"resume": runId}` from recovery. */
const executionSchema = z.strictObject({
  executionArn: z.string(),
  executionName: z.string(),
  startedAt: z.string(),
  input: z.unknown(),
});
export type Execution = z.infer<typeof executionSchema>;

/** Input of an execution that resumes a run. */
export const resumeSchema = z.strictObject({ resume: z.string() });

/** Returns the run of an execution: its own name, unless it resumes another run. */
export function runIdOf({ executionName, input }: Pick<Execution, 'executionName' | 'input'>): string {
  const resumed = resumeSchema.safeParse(input);
  return resumed.success ? resumed.data.resume : executionName;
}

/** How often this execution dispatched the jobs of an attempt to the Map; the machine passes it from plan to plan. */
const dispatchSchema = z.strictObject({ attempt: z.int().min(1), count: z.int().min(1) });

/** `Plan run` continues an attempt at a position that is an object in the media bucket. */
const planCheckpointSchema = checkpointSchema({ attempt: z.int().min(1), key: z.string() });
export type PlanCheckpoint = z.infer<typeof planCheckpointSchema>;

/** `Plan run`: returns the jobs to run next, none when the run can be reported. */
export const planRunInputSchema = z.strictObject({
  ...executionSchema.shape,
  dispatch: dispatchSchema.optional(),
  checkpoint: planCheckpointSchema.optional(),
});
export type PlanRunInput = z.infer<typeof planRunInputSchema>;
export const planRunOutputSchema = z.strictObject({
  runId: z.string(),
  jobs: z.array(jobReferenceSchema),
  /** How many of these jobs run at the same time. */
  jobsAtOnce: z.int().min(1),
  /** Absent where there are no jobs. */
  dispatch: dispatchSchema.optional(),
  checkpoint: planCheckpointSchema.optional(),
});

const prepareCheckpointSchema = checkpointSchema({
  /** Number of records that are claimed and copied. */
  claimed: z.int().min(0),
  /** Keys of the ledgers of records that are not sent. */
  ledgerKeys: z.array(z.string()),
  /** Key after which the scan of the folder continues. */
  lastKey: z.string().optional(),
});
export type PrepareCheckpoint = z.infer<typeof prepareCheckpointSchema>;
export type PreparePosition = Omit<PrepareCheckpoint, 'turn'>;

/**
 * `Prepare job`: the child's execution is written into the lock, so that others can tell whether its owner is alive.
 */
export const prepareJobInputSchema = z.strictObject({
  ...jobReferenceSchema.shape,
  executionArn: z.string(),
  checkpoint: prepareCheckpointSchema.optional(),
});
/** `start`: the input is written. `settle`: there is nothing to send. */
export const prepareJobOutputSchema = z.union([
  z.strictObject({ ...jobReferenceSchema.shape, next: z.enum(['start', 'settle']) }),
  z.strictObject({ ...jobReferenceSchema.shape, checkpoint: prepareCheckpointSchema }),
]);

/** `Poll job` asks Bedrock by the ARN of `Start job` while it reads the table. */
export const pollJobInputSchema = z.strictObject({ ...jobReferenceSchema.shape, batchJobArn: z.string() });

/** `Start job` and `Poll job` return the seconds until the next poll. */
export const startJobOutputSchema = z.strictObject({ ...pollJobInputSchema.shape, waitSeconds: z.int().min(1) });
export const pollJobOutputSchema = z.strictObject({
  ...pollJobInputSchema.shape,
  status: bedrockStatusSchema,
  over: z.boolean(),
  waitSeconds: z.int().min(1),
});

/** `Settle job`: with the failure that led there, if any. */
export const settleJobInputSchema = z.strictObject({
  ...jobReferenceSchema.shape,
  failure: stateFailureSchema.optional(),
});

/** `Collect results`, input and output: the lines that are read, and the claims that are marked after the last one. */
export const collectResultsSchema = z.strictObject({
  ...jobReferenceSchema.shape,
  checkpoint: checkpointSchema({ lines: z.int().min(0), claims: z.int().min(0) }).optional(),
});
export type CollectCheckpoint = z.infer<typeof collectResultsSchema>['checkpoint'];

/** `Report run`: with the failure of the plan or the Map, if any. */
export const reportRunInputSchema = z.strictObject({
  ...executionSchema.shape,
  failure: stateFailureSchema.optional(),
});
