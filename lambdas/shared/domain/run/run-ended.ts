import * as z from 'zod';
import { parseS3Uri } from '../keys.ts';
import { recordCountsSchema } from '../record/ledger.ts';
import { type Outcome, outcomeSchema } from './outcome.ts';
import { runStatusSchema } from './run.ts';

/** The source and type of the event on the account's default bus. */
export const runEndedEvent = { source: 'bedrock-media-batch', detailType: 'Run Ended' } as const;

/** The detail of the event. It may be delivered twice, with the same run ID, and later versions may add fields. */
export const runEndedSchema = z.object({
  runId: z.string(),
  stackName: z.string(),
  status: runStatusSchema,
  /** As in the outcome, at most 4,000 characters. */
  reason: z.string().optional(),
  records: recordCountsSchema,
  /** USD, or `unknown` if the model has no price. */
  cost: outcomeSchema.shape.cost.pick({ batchUsd: true }),
  /** Of `outcome.json`, in the media bucket. */
  outcomeKey: z.string(),
  /** Of `report.html`, in the media bucket; absent if it could not be written. */
  reportKey: z.string().optional(),
});
export type RunEnded = z.infer<typeof runEndedSchema>;

/** Returns the event of an outcome. */
export function runEndedOf(outcome: Outcome, stackName: string, outcomeKey: string): RunEnded {
  const { runId, status, reason, records, cost, reportUri } = outcome;
  const reportKey = reportUri === undefined ? undefined : parseS3Uri(reportUri)?.key;
  return { runId, stackName, status, reason, records, cost: { batchUsd: cost.batchUsd }, outcomeKey, reportKey };
}
