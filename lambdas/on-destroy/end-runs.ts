import pMap from 'p-map';
import { isNoSuchBucket, isRetryable, JobStillRunning, messageOf } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { type SettleJobDependencies, settleJob } from '../shared/domain/job/settle-job.ts';
import { type StopJobsDependencies, stopJobs } from '../shared/domain/job/stop-jobs.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';

export interface EndRunsDependencies extends SettleJobDependencies {
  table: SettleJobDependencies['table'] &
    StopJobsDependencies['table'] &
    Pick<RunTable, 'listOpenRuns' | 'advanceRun' | 'listJobs'>;
  executions: Pick<Executions, 'listRunning' | 'stop'>;
  stateMachineArn: string;
}

/** Few at once, because Bedrock allows few requests a second for batch jobs. */
const concurrency = 4;

/** The failure of a job that did not end by itself. */
const failure = { error: 'StackDeleted', cause: 'the stack was deleted before the job was over' };

/**
 * Stops all executions and then all jobs, settles each job, and returns a sentence for each one that is not over.
 *
 * Executions go first, so that none starts another job. The runs stay open in the table, as runs that a user stopped: a
 * stack that gets the table ends them with a report.
 *
 * @throws the first error of a job, after all other jobs were settled
 */
export async function endRuns(dependencies: EndRunsDependencies): Promise<string[]> {
  const { table, executions, stateMachineArn, now } = dependencies;
  const running = await executions.listRunning(stateMachineArn);
  await pMap(running, (executionArn) => executions.stop(executionArn), { concurrency });
  // Their functions may still start something; the next check finds it.
  const left = running.map((executionArn) => `Execution ${executionArn} was running.`);
  const stopRequestedAt = new Date(now()).toISOString();
  const runIds = await table.listOpenRuns();
  const jobs: Job[] = [];
  for (const runId of runIds) {
    await table.advanceRun(runId, { stopRequestedAt });
    jobs.push(...(await table.listJobs(runId)).filter(({ phase }) => phase !== 'closed'));
  }
  // A stop that fails here is repeated by `settleJob`.
  await stopJobs(jobs, dependencies);
  const broken: unknown[] = [];
  await pMap(jobs, settle, { concurrency });
  if (broken.length > 0) throw broken[0];
  return left;

  async function settle({ runId, jobName }: Job): Promise<void> {
    try {
      await settleJob({ runId, jobName, failure }, dependencies);
    } catch (error) {
      // Without the bucket there are no input and no copies.
      if (isNoSuchBucket(error)) return;
      if (error instanceof JobStillRunning || isRetryable(error)) left.push(messageOf(error));
      else broken.push(error);
    }
  }
}
