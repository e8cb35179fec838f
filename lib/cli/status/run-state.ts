import * as z from 'zod';
import { jobSchema } from '../../../lambdas/shared/domain/job/job.ts';
import { outcomeSchema } from '../../../lambdas/shared/domain/run/outcome.ts';
import { isOpen, runSchema } from '../../../lambdas/shared/domain/run/run.ts';
import type { Runs } from '../aws/runs.ts';

/** The state of a run; `status RUN --json` prints it. */
export const runStateSchema = z.object({
  ...runSchema.pick({ runId: true, status: true, startedAt: true, executionArns: true }).shape,
  ...runSchema.pick({ stopRequestedAt: true, reason: true, planned: true }).shape,
  jobs: z.array(
    jobSchema.unwrap().pick({
      ...{ jobName: true, attempt: true, status: true, records: true, paddingRecords: true, counters: true },
      ...{ waiting: true, failure: true, batchJobArn: true, batchInputS3Key: true, batchOutputS3Prefix: true },
      ...{ collected: true, submittedAt: true, endedAt: true },
    }),
  ),
  /** Of a run that has ended, until clean-up removes its files. */
  outcome: outcomeSchema.optional(),
});
export type RunState = z.infer<typeof runStateSchema>;

/** Reads the state of a run. A run without an item is about to be planned, or ended before its plan. */
export async function readRunState(
  runId: string,
  runs: Pick<Runs, 'item' | 'jobs' | 'outcome' | 'execution' | 'look'>,
): Promise<RunState> {
  const [item, jobs] = await Promise.all([runs.item(runId), runs.jobs(runId)]);
  if (item !== undefined) {
    const outcome = isOpen(item) ? undefined : await runs.outcome(runId);
    return runStateSchema.parse({ ...item, jobs, outcome });
  }
  const execution = await runs.execution(runId);
  const { executionArn = '', startedAt = new Date(0) } = execution ?? {};
  const look = await runs.look(executionArn);
  const facts = { runId, executionArns: [executionArn], startedAt: startedAt.toISOString(), jobs: [] };
  switch (look.state) {
    case 'running':
      return { ...facts, status: 'Planning' };
    case 'succeeded':
      return { ...facts, status: look.outcome.status, outcome: look.outcome };
    case 'stopped':
      return { ...facts, status: 'Stopped', reason: look.cause || undefined };
    case 'failed':
      return { ...facts, status: 'Failed', reason: `${look.error}: ${look.cause}` };
  }
}
