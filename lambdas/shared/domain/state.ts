import * as z from 'zod';
import { checkpointSchema } from './checkpoint.ts';
import { bedrockStatusSchema } from './job/bedrock-status.ts';

/**
 * What the states hand each other: references and counts only, each step's whole output declared here. A step that returns a
 * checkpoint is called again with it.
 */

/** Names one job of one run; what every state of a child execution starts from. */
export const jobReferenceSchema = z.strictObject({ runId: z.string(), jobName: z.string() });
export type JobReference = z.infer<typeof jobReferenceSchema>;

/** Why a state was left by its catcher, as Step Functions says it. */
export const stateFailureSchema = z.strictObject({ error: z.string(), cause: z.string() });
export type StateFailure = z.infer<typeof stateFailureSchema>;

/** The execution that a step works for, with its own input: a request, or `{"resume": runId}` from recovery. */
const executionSchema = z.strictObject({
  executionArn: z.string(),
  executionName: z.string(),
  startedAt: z.string(),
  input: z.unknown(),
});
export type Execution = z.infer<typeof executionSchema>;

/** Input of an execution that goes on with a run whose execution is gone. */
export const resumeSchema = z.strictObject({ resume: z.string() });

/** The run of an execution: its name is the run's, unless it resumes another one's. */
export function runIdOf({ executionName, input }: Pick<Execution, 'executionName' | 'input'>): string {
  const resumed = resumeSchema.safeParse(input);
  return resumed.success ? resumed.data.resume : executionName;
}

/** How often the jobs of an attempt were given to the map in this execution; the machine hands it from one plan to the next. */
const dispatchSchema = z.strictObject({ attempt: z.int().min(1), count: z.int().min(1) });

/** `Plan run` goes on with an attempt where an object of the media bucket says. */
const planCheckpointSchema = checkpointSchema({ attempt: z.int().min(1), key: z.string() });
export type PlanCheckpoint = z.infer<typeof planCheckpointSchema>;

/** `Plan run`: gives the jobs that are to be run next, none when the run is ready for its report. */
export const planRunInputSchema = z.strictObject({
  ...executionSchema.shape,
  dispatch: dispatchSchema.optional(),
  checkpoint: planCheckpointSchema.optional(),
});
export type PlanRunInput = z.infer<typeof planRunInputSchema>;
export const planRunOutputSchema = z.strictObject({
  runId: z.string(),
  jobs: z.array(jobReferenceSchema),
  /** Of these jobs, how many go at the same time. */
  jobsAtOnce: z.int().min(1),
  /** With these jobs; absent where there are none. */
  dispatch: dispatchSchema.optional(),
  checkpoint: planCheckpointSchema.optional(),
});

const prepareCheckpointSchema = checkpointSchema({
  /** Records that were claimed and copied. */
  claimed: z.int().min(0),
  /** Ledgers of those that are not sent. */
  ledgerKeys: z.array(z.string()),
  /** Key behind which the look for foreign `.jsonl` goes on. */
  lastKey: z.string().optional(),
});
export type PrepareCheckpoint = z.infer<typeof prepareCheckpointSchema>;
export type PreparePosition = Omit<PrepareCheckpoint, 'turn'>;

/** `Prepare job`: the child's execution is written into the lock, so that others can tell whether the owner lives. */
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

/** `Poll job` asks Bedrock by the ARN that `Start job` has given, while it reads the table. */
export const pollJobInputSchema = z.strictObject({ ...jobReferenceSchema.shape, batchJobArn: z.string() });

/** `Start job` and `Poll job` say how long to wait before the next poll. */
export const startJobOutputSchema = z.strictObject({ ...pollJobInputSchema.shape, waitSeconds: z.int().min(1) });
export const pollJobOutputSchema = z.strictObject({
  ...pollJobInputSchema.shape,
  status: bedrockStatusSchema,
  over: z.boolean(),
  waitSeconds: z.int().min(1),
});

/** `Settle job`: with the failure that led there, if one did. */
export const settleJobInputSchema = z.strictObject({
  ...jobReferenceSchema.shape,
  failure: stateFailureSchema.optional(),
});

/** `Collect results`, its input and its output: lines of the output that are read, and claims that are marked after the last. */
export const collectResultsSchema = z.strictObject({
  ...jobReferenceSchema.shape,
  checkpoint: checkpointSchema({ lines: z.int().min(0), claims: z.int().min(0) }).optional(),
});
export type CollectCheckpoint = z.infer<typeof collectResultsSchema>['checkpoint'];

/** `Report run`: with the failure of the plan or of the Map, if there was one. */
export const reportRunInputSchema = z.strictObject({
  ...executionSchema.shape,
  failure: stateFailureSchema.optional(),
});
