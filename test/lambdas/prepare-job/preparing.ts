import { type PrepareJobDependencies, prepareJob } from '../../../lambdas/prepare-job/prepare-job.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import type { PrepareCheckpoint } from '../../../lambdas/shared/domain/state.ts';
import { aCreateRequest, childArnOf } from '../../support/factories.ts';
import { planned, putInputOf, type World } from '../../support/world.ts';

interface GivenTurn extends Partial<PrepareJobDependencies> {
  checkpoint?: PrepareCheckpoint;
  executionArn?: string;
  /** Records that the model wants in a job at least: one, so that nothing is padded. */
  minimum?: number;
}

/** A turn of `Prepare job` in a world, with all the time it needs unless told otherwise. */
export function prepare(world: World, { runId, jobName, modelId }: Job, given: GivenTurn = {}) {
  const { checkpoint, executionArn = childArnOf(runId), minimum = 1, ...parts } = given;
  return prepareJob(
    { runId, jobName, executionArn, checkpoint },
    { ...dependenciesOf(world, modelId, minimum), ...parts },
  );
}

function dependenciesOf(world: World, modelId: string, minRecordsPerJob: number): PrepareJobDependencies {
  return { ...world, modelQuotas: { [modelId]: { minRecordsPerJob } }, isTimeUp: () => false };
}

/** Turn after turn, each with time for one piece of work, until there is no further one; how many there were. */
export async function prepareInTurns(world: World, job: Job, given: GivenTurn = {}): Promise<number> {
  let checkpoint: PrepareCheckpoint | undefined;
  for (let turns = 1; ; turns++) {
    const answer = await prepare(world, job, { isTimeUp: () => true, ...given, checkpoint });
    if (!('checkpoint' in answer)) return turns;
    checkpoint = answer.checkpoint;
  }
}

/** A job of another run that has its input at the root; its execution is dead for an hour. */
export async function deadNeighbour(world: World, status?: 'InProgress' | 'Completed'): Promise<Job> {
  const job = await planned(world, { runId: 'dead' });
  await world.table.updateJob(job, { status: 'Prepared', executionArn: childArnOf('dead'), fence: 1 });
  if (status !== undefined) {
    const createRequest = aCreateRequest(job);
    await world.table.updateJob(job, { createRequest, batchJobArn: world.bedrock.add(createRequest, { status }) });
  }
  world.executions.end(childArnOf('dead'), world.now() - 3_600_000);
  putInputOf(world, job);
  return job;
}
