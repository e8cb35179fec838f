import * as z from 'zod';
import { bedrockStatusSchema } from './jobs.ts';
import { recordCountsSchema } from './ledger.ts';
import { skippedSchema } from './plan.ts';

/** What the states hand each other: references and counts only, each step's whole output declared here. */

/** Names one job of one run; what every state of a child execution starts from. */
export const jobReferenceSchema = z.strictObject({ runId: z.string(), jobName: z.string() });
export type JobReference = z.infer<typeof jobReferenceSchema>;

/** Why a state was left by its catcher, as Step Functions says it. */
export const stateFailureSchema = z.strictObject({ error: z.string(), cause: z.string() });
export type StateFailure = z.infer<typeof stateFailureSchema>;

/** `Plan run`: the request as the execution got it, not yet checked. */
export const planRunInputSchema = z.strictObject({
  runId: z.string(),
  executionArn: z.string(),
  startedAt: z.string(),
  request: z.unknown(),
});
export const planRunOutputSchema = z.strictObject({ runId: z.string(), jobs: z.array(jobReferenceSchema) });

/** `Prepare job`: the child's execution is written into the lease, so that others can tell whether the holder lives. */
export const prepareJobInputSchema = z.strictObject({ ...jobReferenceSchema.shape, executionArn: z.string() });

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

/** `Collect results`: `linesDone` output lines were dealt with by earlier turns. */
export const collectResultsInputSchema = z.strictObject({
  ...jobReferenceSchema.shape,
  turn: z.int().min(1),
  linesDone: z.int().min(0),
});
export const collectResultsOutputSchema = z.strictObject({
  ...collectResultsInputSchema.shape,
  done: z.boolean(),
});

/** `Report run`: with the failure of the plan or of the Map, if there was one. */
export const reportRunInputSchema = z.strictObject({
  runId: z.string(),
  startedAt: z.string(),
  failure: stateFailureSchema.optional(),
});

export const runStatusSchema = z.enum(['Succeeded', 'NothingToDo', 'PartlySucceeded', 'Refused', 'Failed']);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** A job in the outcome of its run. */
export const jobOutcomeSchema = z.strictObject({
  jobName: z.string(),
  batchJobArn: z.string().optional(),
  batchInputS3Key: z.string(),
  batchOutputS3Prefix: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  records: recordCountsSchema,
  paddingRecords: z.int().min(0),
});

/** USD, or `unknown` where the model has no price in the table. */
const usd = z.union([z.number().min(0), z.literal('unknown')]);

/** How a run ended: the execution's output, and `outcome.json` in the run's folder (there with all jobs). */
export const outcomeSchema = z.strictObject({
  runId: z.string(),
  status: runStatusSchema,
  /** Why it was refused or failed, or what a person should know of a run that did not fully succeed. */
  reason: z.string().optional(),
  modelId: z.string().optional(),
  media: z.int().min(0),
  records: recordCountsSchema,
  skipped: skippedSchema,
  /** At most the first 100 in the execution's output; `jobCount` says how many there are. */
  jobs: z.array(jobOutcomeSchema),
  jobCount: z.int().min(0),
  cost: z.strictObject({ inputTokens: z.int(), outputTokens: z.int(), batchUsd: usd, onDemandUsd: usd }),
  resultsUri: z.string(),
  ledgerUri: z.string(),
  outcomeUri: z.string(),
});
export type Outcome = z.infer<typeof outcomeSchema>;
