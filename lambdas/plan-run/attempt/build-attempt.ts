import { attemptRecordsKey } from '../../shared/domain/keys.ts';
import { overdueHours } from '../../shared/domain/limits.ts';
import {
  type Attempt,
  type PlannedJob,
  type PlannedRecord,
  parsePlannedRecord,
} from '../../shared/domain/plan/plan.ts';
import type { PackedJob } from '../pack/pack-jobs.ts';
import { type Packed, packRecords } from '../pack/pack-records.ts';
import { stagingOf } from '../pack/staging-cost.ts';
import { type AttemptContext, hashOf, jobNameOf } from './attempt-context.ts';

/** Staged jobs that go at the same time at most: others may want slots of the model too. */
const maxJobsAtOnce = 20;

/** Lines that are handed on together, unless one is so long that it should wait for no other. */
const linesAtOnce = 256;
const maxLineHeld = 4096;

/** The list of an attempt's records, and the attempt itself unless another turn goes on behind them. */
export interface PlannedAttempt {
  recordsKey: string;
  attempt?: Attempt;
}

/**
 * Streams the records of an attempt into its list and packs them into jobs on the way, so that a list of any length is planned in the
 * same memory.
 *
 * @returns nothing where there is no record
 * @throws {RequestRefused} where the jobs cannot work; the list then does not exist
 */
export async function buildAttempt(
  records: AsyncIterable<PlannedRecord>,
  context: AttemptContext,
): Promise<PlannedAttempt | undefined> {
  const { runId, attempt: number, store, prefixes, planner, timeoutHours, now } = context;
  const iterator = allRecords(records, context);
  const first = await iterator.next();
  if (first.done) return undefined;
  const recordsKey = attemptRecordsKey(prefixes, runId, number, planner);
  const packing = packRecords(context);
  const decisions: Packed[] = [];

  async function* lines(): AsyncGenerator<readonly string[]> {
    let waiting: string[] = [];
    for (let next: IteratorResult<PlannedRecord> = first; !next.done; next = await iterator.next()) {
      const line = JSON.stringify(next.value);
      packing.add(next.value, line);
      waiting.push(line);
      if (waiting.length < linesAtOnce && line.length < maxLineHeld) continue;
      yield waiting;
      waiting = [];
    }
    yield waiting;
    // Here, because the list appears only when this ends: what is refused leaves none.
    if (!context.wasCut?.()) decisions.push(packing.decide());
  }

  await store.writeLines(recordsKey, lines());
  const [decision] = decisions;
  if (decision === undefined) return { recordsKey };
  const { jobs, layout } = decision;
  const jobsAtOnce = layout.layout === 'root' ? 1 : Math.min(jobs.length, context.quotas.maxOpenJobs, maxJobsAtOnce);
  const attempt: Attempt = {
    attempt: number,
    ...layout,
    recordsKey,
    records: jobs.at(-1)?.to ?? 0,
    jobs: plannedJobs(jobs, context),
    jobsAtOnce,
    staging: stagingOf(jobs, timeoutHours),
    longestHours: Math.ceil(jobs.length / jobsAtOnce) * (timeoutHours + overdueHours),
    plannedAt: new Date(now()).toISOString(),
  };
  return { recordsKey, attempt };
}

/** The records of earlier turns, then those of this one. */
function allRecords(
  records: AsyncIterable<PlannedRecord>,
  { earlierKey, store }: AttemptContext,
): AsyncIterator<PlannedRecord> {
  return earlierKey === undefined ? records[Symbol.asyncIterator]() : behind(earlierKey);

  async function* behind(key: string): AsyncGenerator<PlannedRecord> {
    for await (const line of store.readLines(key)) yield parsePlannedRecord(line);
    yield* records;
  }
}

function plannedJobs(jobs: readonly PackedJob[], context: AttemptContext): PlannedJob[] {
  let recordsOffset = 0;
  return jobs.map(({ from, to, listBytes, modelInvocationType, paddingRecords, mediaBytes }, at) => {
    const job = {
      jobName: jobNameOf(context, at + 1),
      jobHash: hashOf(context, context.attempt, at + 1),
      modelInvocationType,
      records: to - from,
      recordsOffset,
      recordsBytes: listBytes,
      paddingRecords,
      mediaBytes,
    };
    recordsOffset += listBytes;
    return job;
  });
}
