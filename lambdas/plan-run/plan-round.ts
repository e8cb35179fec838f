import type { Analysis } from '../shared/analyses.ts';
import { RequestRefused } from '../shared/errors.ts';
import type { Layout } from '../shared/jobs.ts';
import { type KeyPrefixes, roundRecordsKey } from '../shared/keys.ts';
import { maxJobsPerRound, overdueHours } from '../shared/limits.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { Quotas } from '../shared/models.ts';
import type { Plan, PlannedJob, PlannedRecord, Round } from '../shared/plan.ts';
import { jobHashOf } from '../shared/records.ts';
import type { DecidedLayout } from './decide-layout.ts';
import { paddingBytes, recordMeter } from './measure-record.ts';
import { fitsAlone, type PackedJob, type PackLimits, packJobs, type RecordSize } from './pack-jobs.ts';
import { stagingOf } from './staging-cost.ts';

/** Staged jobs that go at the same time at most: others may want slots of the model too. */
const maxJobsAtOnce = 20;

/** What a round is planned for. */
export interface RoundContext {
  runId: string;
  /** The run's first execution and its start, which name its jobs. */
  executionArn: string;
  startedAt: string;
  round: number;
  request: Plan['request'];
  label: string;
  quotas: Quotas;
  analyses: readonly Analysis[];
  timeoutHours: number;
  stagingBucket: string;
  prefixes: KeyPrefixes;
  store: Pick<MediaStore, 'bucket' | 'writeLines'>;
  /** ID of whoever plans this. */
  planner: string;
  now(): number;
  /** Where the jobs lie, given what they add to the bucket if they lie at its root. */
  decide(addedBytes: number): DecidedLayout;
}

/**
 * Streams the records of a round into its list and packs them into jobs. Only sizes are kept of each, so that a list of any
 * length is planned in little memory.
 *
 * @returns nothing where there is no record
 * @throws {RequestRefused} where the jobs cannot work; the list then does not exist
 */
export async function planRound(
  records: AsyncIterable<PlannedRecord>,
  context: RoundContext,
): Promise<Round | undefined> {
  const { runId, round, store, prefixes, planner, timeoutHours, now } = context;
  const iterator = records[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return undefined;
  const recordsKey = roundRecordsKey(prefixes, runId, round, planner);
  const measure = recordMeter({
    ...context,
    bucket: store.bucket,
    longestJobName: jobNameOf(context, maxJobsPerRound),
  });
  const sizes: RecordSize[] = [];
  const misfits = new Map<Layout, PlannedRecord>();
  const decisions: { jobs: PackedJob[]; layout: DecidedLayout }[] = [];

  async function* lines(): AsyncGenerator<string> {
    for (let next: IteratorResult<PlannedRecord> = first; !next.done; next = await iterator.next()) {
      const line = JSON.stringify(next.value);
      const size = measure(next.value, line);
      sizes.push(size);
      for (const layout of ['root', 'staged'] as const) {
        if (!misfits.has(layout) && !fitsAlone(size, limitsOf(layout, context))) misfits.set(layout, next.value);
      }
      yield line;
    }
    // Here, because the list appears only when this ends: what is refused leaves none.
    decisions.push(packAndDecide(sizes, misfits, context));
  }

  await store.writeLines(recordsKey, lines());
  const [decision] = decisions;
  if (decision === undefined)
    throw new TypeError(`The list ${recordsKey} was written without its end, expected all of it.`);
  const { jobs, layout } = decision;
  const jobsAtOnce = layout.layout === 'root' ? 1 : Math.min(jobs.length, context.quotas.maxOpenJobs, maxJobsAtOnce);
  return {
    round,
    ...layout,
    recordsKey,
    records: sizes.length,
    jobs: plannedJobs(jobs, context),
    jobsAtOnce,
    staging: stagingOf(jobs, timeoutHours),
    longestHours: Math.ceil(jobs.length / jobsAtOnce) * (timeoutHours + overdueHours),
    plannedAt: new Date(now()).toISOString(),
  };
}

function packAndDecide(
  sizes: readonly RecordSize[],
  misfits: ReadonlyMap<Layout, PlannedRecord>,
  context: RoundContext,
): { jobs: PackedJob[]; layout: DecidedLayout } {
  const inPlace = pack('root');
  // Root jobs go one at a time, so the bucket holds the input and the copies of one of them.
  const jobBytes = inPlace.map(
    ({ inputBytes, paddingRecords, copies }) => inputBytes + paddingRecords * paddingBytes + copies.bytes,
  );
  const listBytes = inPlace.reduce((sum, job) => sum + job.listBytes, 0);
  const layout = context.decide(listBytes + jobBytes.reduce((most, bytes) => Math.max(most, bytes), 0));
  const jobs = layout.layout === 'root' ? inPlace : pack('staged');
  refuseBelowMinimum(jobs, context);
  return { jobs, layout };

  function pack(wanted: Layout): PackedJob[] {
    const misfit = misfits.get(wanted);
    if (misfit !== undefined) throw new RequestRefused(misfitSentence(misfit, context));
    return packJobs(sizes, limitsOf(wanted, context));
  }
}

function limitsOf(layout: Layout, { quotas }: RoundContext): PackLimits {
  return { layout, quotas, paddingBytes };
}

function misfitSentence({ key, analysis }: PlannedRecord, { label, quotas }: RoundContext): string {
  return (
    `Media ${JSON.stringify(key)} with analysis ${JSON.stringify(analysis)} fits no job of ${label}; expected a record of at most ` +
    `${quotas.maxFileBytes} bytes and a job of at most ${quotas.maxJobBytes} bytes with the media that are copied for it: ` +
    'shorten the prompt, or leave the media out with "exclude".'
  );
}

function refuseBelowMinimum(jobs: readonly PackedJob[], { request, label, quotas }: RoundContext): void {
  const short = jobs.find(({ paddingRecords }) => paddingRecords > 0);
  if (short === undefined || request.belowMinimum !== 'fail') return;
  const what = jobs.length === 1 ? 'The request' : `Of the ${jobs.length} jobs of the request, one`;
  throw new RequestRefused(
    `${what} has ${short.to - short.from} records and "belowMinimum" is "fail"; a job of ${label} needs at least ` +
      `${quotas.minRecordsPerJob}: add media or analyses, or let the job be padded with "belowMinimum": "pad".`,
  );
}

function plannedJobs(jobs: readonly PackedJob[], context: RoundContext): PlannedJob[] {
  let recordsOffset = 0;
  return jobs.map(({ from, to, listBytes, modelInvocationType, paddingRecords, mediaBytes }, at) => {
    const job = {
      jobName: jobNameOf(context, at + 1),
      jobHash: hashOf(context, context.round, at + 1),
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

/** `media-3f9a2c81d0-2`, and in a further round `media-3f9a2c81d0-r2-1`: at most 63 characters. */
function jobNameOf(context: RoundContext, number: number): string {
  const { request, round } = context;
  const ofRun = `${request.name ?? 'media'}-${hashOf(context, 1, 1).slice(0, 10)}`;
  return round === 1 ? `${ofRun}-${number}` : `${ofRun}-r${round}-${number}`;
}

function hashOf({ executionArn, startedAt }: RoundContext, round: number, number: number): string {
  return jobHashOf(executionArn, startedAt, round, number);
}
