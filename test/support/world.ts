import type { Job } from '../../lambdas/shared/domain/job/job.ts';
import { metadataOf } from '../../lambdas/shared/domain/job/scan-folder.ts';
import { planKey } from '../../lambdas/shared/domain/keys.ts';
import type { Plan, PlannedRecord } from '../../lambdas/shared/domain/plan/plan.ts';
import type { RunEnded } from '../../lambdas/shared/domain/run/run-ended.ts';
import { aJob, aPlan, aPlannedRecord, childArnOf, prefixes, startOfStory } from './factories.ts';
import { memoryBedrock } from './memory-bedrock.ts';
import { memoryClaims } from './memory-claims.ts';
import { memoryExecutions } from './memory-executions.ts';
import { memoryCheckpoints, memoryUploads, memoryVersions } from './memory-remains.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';
import { memoryTable } from './memory-table.ts';

/** Everything that a step may depend on, in memory. */
export type World = ReturnType<typeof memoryWorld>;

/** Two buckets, a table, Bedrock and executions, all empty, at the start of the story. */
export function memoryWorld() {
  const time = { nowMs: startOfStory };
  const now = () => time.nowMs;
  let ids = 0;
  const storeOf = (bucket: string): MemoryStore => (bucket === staging.bucket ? staging : store);
  const store = memoryStore({ now, bucketOf: storeOf });
  const staging = memoryStore({ bucket: 'staging-bucket', now, bucketOf: storeOf });
  const ended: RunEnded[] = [];
  const warnings: { message: string; fields: Record<string, unknown> }[] = [];
  return {
    time,
    now,
    /** The bucket of the media. */
    store,
    /** The bucket of staged jobs. */
    staging,
    storeOf,
    uploads: memoryUploads(),
    stagedUploads: memoryUploads(),
    versions: memoryVersions(),
    checkpoints: memoryCheckpoints(),
    table: memoryTable(),
    claims: memoryClaims(),
    bedrock: memoryBedrock(),
    executions: memoryExecutions(),
    /** What was told of runs that have ended. */
    ended,
    events: { runEnded: async (detail: RunEnded) => void ended.push(detail) },
    /** What was logged that a person should look at. */
    warnings,
    log: { warn: (message: string, fields: Record<string, unknown>) => void warnings.push({ message, fields }) },
    stackName: 'MediaBatch',
    prefixes,
    newId: () => `id-${++ids}`,
    passMinutes: (minutes: number) => {
      time.nowMs += minutes * 60_000;
    },
  };
}

/** Puts a planned job there, as `Plan run` leaves it: run, plan, the list of its records and the job itself. */
export async function planned(
  world: World,
  overrides: Partial<Job> = {},
  given: { records?: readonly PlannedRecord[]; plan?: Partial<Plan> } = {},
): Promise<Job> {
  const { records = [aPlannedRecord(1)] } = given;
  const list = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const job = aJob({ records: records.length, recordsBytes: Buffer.byteLength(list), ...overrides });
  const { runId } = job;
  const startedAt = new Date(startOfStory).toISOString();
  await world.table.createRun({
    runId,
    executionArns: [runId],
    status: 'Running',
    startedAt,
    requestJson: '{}',
    jobCount: 1,
  });
  world.store.put(planKey(prefixes, runId), { text: JSON.stringify(aPlan(job, given.plan)) });
  world.store.put(job.recordsKey, { text: list });
  world.table.putJob(job);
  return job;
}

/** Lets a job hold the root: the lock is its own, and it knows the fencing number. */
export async function holding(world: World, job: Job): Promise<Job> {
  const { runId, jobName, bucket } = job;
  const executionArn = childArnOf(runId);
  const previous = await world.table.getLock(bucket);
  const fence = (previous?.fence ?? 0) + 1;
  const owner = { runId, jobName, executionArn, since: new Date(world.now()).toISOString() };
  await world.table.replaceLock(previous, {
    bucket,
    version: (previous?.version ?? 0) + 1,
    fence,
    owner,
    queue: previous?.queue ?? [],
  });
  await world.table.updateJob(job, { fence, executionArn, status: 'Prepared' });
  world.executions.start(executionArn);
  return world.table.getJob(job);
}

/** Puts a job's input where it belongs, ours by its metadata. */
export function putInputOf(world: World, job: Job, text = '{}\n'): void {
  world.storeOf(job.inputBucket).put(job.batchInputS3Key, { text, metadata: metadataOf(job) });
}
