import { collectResults } from '../../lambdas/collect-results/collect-results.ts';
import type { Claim } from '../../lambdas/shared/domain/claim/claim.ts';
import type { Job } from '../../lambdas/shared/domain/job/job.ts';
import { entryBaseOf, type NotSent } from '../../lambdas/shared/domain/job/job-records.ts';
import { recordIdOf } from '../../lambdas/shared/domain/record/record.ts';
import type { CollectCheckpoint } from '../../lambdas/shared/domain/state.ts';
import { aJob, anAnalysis, aPlannedRecord } from './factories.ts';
import type { MemoryStore } from './memory-store.ts';
import { planned, type World } from './world.ts';

/** The hash in the record IDs of every job that the factories make. */
export const jobHash = 'abcdef012345';

/** ID of a record by its number, from 1. */
export const idOf = (number: number) => recordIdOf(jobHash, number);

/** Key of the result of a record by its number. */
export const resultOf = (number: number) =>
  `nova/batch/results/shots/proxies/C${String(number).padStart(4, '0')}.MP4.json`;

export const ledgerOf = (job: Job) => `nova/batch/runs/${job.runId}/jobs/${job.jobName}.ledger-collected.ndjson`;

/** The claim on a record's media by the record's number, as Prepare makes it. */
export function claimOf(number: number, overrides: Partial<Claim> = {}): Claim {
  const { key, etag } = aPlannedRecord(number);
  const { fingerprint } = anAnalysis();
  const { runId, jobName, bucket } = aJob();
  return { bucket, key, fingerprint, etag, runId, jobName, recordId: idOf(number), ...overrides };
}

/** What Prepare wrote about the records that are not sent, in a ledger of its own. */
export async function withNotSent(world: World, job: Job, notSent: Record<number, NotSent>): Promise<Job> {
  const key = `nova/batch/runs/${job.runId}/jobs/${job.jobName}.ledger-prepared-1-a.ndjson`;
  const lines = Object.entries(notSent).map(([number, why]) => {
    const planned = aPlannedRecord(Number(number));
    return `${JSON.stringify({ ...entryBaseOf(job.jobHash, Number(number), planned), ...why })}\n`;
  });
  world.store.put(key, { text: lines.join('') });
  await world.table.setPrepared(job, { ledgerKeys: [key], sent: job.records - lines.length, paddingRecords: 0 });
  return world.table.getJob(job);
}

/** Where Bedrock writes what it answers to the job's input. */
export const outputOf = (job: Job) =>
  `${job.batchOutputS3Prefix}abcdefghijkl/${job.batchInputS3Key.slice(job.inputFolder.length)}.out`;

/** A settled job that Bedrock has completed, with so many records, and these lines as its output if there are any. */
export async function completed(
  world: World,
  records: number,
  lines?: readonly string[],
  overrides: Partial<Job> = {},
  all = Array.from({ length: records }, (_, at) => aPlannedRecord(at + 1)),
): Promise<Job> {
  const job = await planned(
    world,
    { status: 'Completed', batchJobArn: 'arn:job', phase: 'closed', endedAt: '2026-11-02T10:00:00.000Z', ...overrides },
    { records: all },
  );
  if (lines) world.store.put(outputOf(job), { text: lines.map((line) => `${line}\n`).join('') });
  return job;
}

interface Turn {
  checkpoint?: CollectCheckpoint;
  isTimeUp?: () => boolean;
  store?: MemoryStore;
  warn?: (message: string, fields: Record<string, unknown>) => void;
}

/** One turn of `Collect results`: the first, with all the time it needs, unless told otherwise. */
export function collect(world: World, { runId, jobName }: Job, given: Turn = {}) {
  const { checkpoint, isTimeUp = () => false, store = world.store, warn = () => undefined } = given;
  const dependencies = { ...world, storeOf: () => store, isTimeUp, log: { warn } };
  return collectResults({ runId, jobName, checkpoint }, dependencies);
}
