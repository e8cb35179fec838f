import pMap from 'p-map';
import { isNoSuchBucket, JobStillRunning, mayPass, messageOf } from '../shared/domain/errors/errors.ts';
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

/** Few at once, because Bedrock takes few requests a second for batch jobs. */
const concurrency = 4;

/** What stands in a job that did not end by itself. */
const failure = { error: 'StackDeleted', cause: 'the stack was deleted before the job was over' };

/**
 * Stops executions first, so that none begins what comes next, then all jobs at Bedrock, and settles each: its input and copies
 * removed, its lock left. The runs stay open in the table, as those that a person stopped, so that a stack that gets the table
 * brings them to their report. Gives what is not over yet, a sentence each.
 *
 * @throws what is wrong with a job, once all others are dealt with
 */
export async function endRuns(dependencies: EndRunsDependencies): Promise<string[]> {
  const { table, executions, stateMachineArn, now } = dependencies;
  const running = await executions.listRunning(stateMachineArn);
  await pMap(running, (executionArn) => executions.stop(executionArn), { concurrency });
  // Whatever a function of theirs does at the moment is seen by the next look.
  const left = running.map((executionArn) => `Execution ${executionArn} was running.`);
  const stopRequestedAt = new Date(now()).toISOString();
  const runIds = await table.listOpenRuns();
  const jobs: Job[] = [];
  for (const runId of runIds) {
    await table.advanceRun(runId, { stopRequestedAt });
    jobs.push(...(await table.listJobs(runId)).filter(({ phase }) => phase !== 'closed'));
  }
  // What Bedrock does not do here, settling tries again.
  await stopJobs(jobs, dependencies);
  const broken: unknown[] = [];
  await pMap(jobs, settle, { concurrency });
  if (broken.length > 0) throw broken[0];
  return left;

  async function settle({ runId, jobName }: Job): Promise<void> {
    try {
      await settleJob({ runId, jobName, failure }, dependencies);
    } catch (error) {
      // Without the bucket there is neither input nor copy.
      if (isNoSuchBucket(error)) return;
      if (error instanceof JobStillRunning || mayPass(error)) left.push(messageOf(error));
      else broken.push(error);
    }
  }
}
