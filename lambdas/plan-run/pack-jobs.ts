import { RequestRefused } from '../shared/errors.ts';
import type { Layout, ModelInvocationType } from '../shared/jobs.ts';
import { maxJobsPerRound } from '../shared/limits.ts';
import type { Quotas } from '../shared/models.ts';

/** What decides about a record's place: bytes of its lines with their newlines, and of its media. */
export interface RecordSize {
  /** In the round's list of records. */
  listBytes: number;
  /** In the job's JSONL, at most. */
  inputBytes: number;
  mediaBytes: number;
  /** The record before asks about the same media, so that a job of both has it once. */
  isSameMedia: boolean;
  isImage: boolean;
  /** A job at the root reads a copy of the media; a staged one always does. */
  isCopied: boolean;
}

/** What a job may have. */
export interface PackLimits {
  layout: Layout;
  quotas: Quotas;
  /** Of one padding record's line in the JSONL. */
  paddingBytes: number;
}

/** The records of one job: those of the list from `from` up to, not with, `to`. */
export interface PackedJob {
  from: number;
  to: number;
  listBytes: number;
  inputBytes: number;
  mediaBytes: number;
  paddingRecords: number;
  copies: { objects: number; bytes: number };
  modelInvocationType: ModelInvocationType;
}

/** Whether a job of nothing but this record keeps its limits. */
export function fitsAlone(size: RecordSize, limits: PackLimits): boolean {
  return withRecord(emptyJob(0, limits), size, false, limits) !== undefined;
}

/**
 * Packs records into jobs in their order, each as full as the quotas let it. The last two are balanced where the last one alone
 * would have fewer records than the minimum and both can have it.
 *
 * @throws {RequestRefused} for more jobs than one round can have
 * @throws {RangeError} for a record that no job can take
 */
export function packJobs(sizes: readonly RecordSize[], limits: PackLimits): PackedJob[] {
  const jobs: PackedJob[] = [];
  for (let from = 0; from < sizes.length; ) {
    const job = packForward(sizes, { from, to: sizes.length }, limits);
    if (job.to === from) throw new RangeError(`Record ${from + 1} fits no job, expected only records that fit alone.`);
    jobs.push(job);
    from = job.to;
  }
  balanceLast(jobs, sizes, limits);
  if (jobs.length > maxJobsPerRound) {
    throw new RequestRefused(
      `The request needs ${jobs.length} jobs and a run sends at most ${maxJobsPerRound} in a round, expected fewer: divide ` +
        'it into several requests, by prefix or with "include".',
    );
  }
  return jobs;
}

function balanceLast(jobs: PackedJob[], sizes: readonly RecordSize[], limits: PackLimits): void {
  const [last, previous] = [jobs.at(-1), jobs.at(-2)];
  if (last === undefined || previous === undefined || last.paddingRecords === 0) return;
  const middle = previous.from + Math.ceil((last.to - previous.from) / 2);
  const second = packBackward(sizes, { from: middle, to: last.to }, limits);
  const first = packForward(sizes, { from: previous.from, to: second.from }, limits);
  // Where the two cannot both have the minimum, one that has it is better than none.
  if (first.paddingRecords === 0 && second.paddingRecords === 0) jobs.splice(-2, 2, first, second);
}

interface Range {
  from: number;
  to: number;
}

/** A job of the first records of a range, as many as fit. */
function packForward(sizes: readonly RecordSize[], { from, to }: Range, limits: PackLimits): PackedJob {
  let job = emptyJob(from, limits);
  for (let at = from; at < to; at++) {
    const longer = withRecord(job, sizes[at], at > from && sizes[at]?.isSameMedia === true, limits);
    if (longer === undefined) break;
    job = { ...longer, to: at + 1 };
  }
  return job;
}

/** A job of the last records of a range, as many as fit. */
function packBackward(sizes: readonly RecordSize[], { from, to }: Range, limits: PackLimits): PackedJob {
  let job = emptyJob(to, limits);
  for (let at = to - 1; at >= from; at--) {
    const longer = withRecord(job, sizes[at], at + 1 < to && sizes[at + 1]?.isSameMedia === true, limits);
    if (longer === undefined) break;
    job = { ...longer, from: at };
  }
  return job;
}

function emptyJob(at: number, { quotas }: PackLimits): PackedJob {
  const bytes = { listBytes: 0, inputBytes: 0, mediaBytes: 0, copies: { objects: 0, bytes: 0 } };
  return { from: at, to: at, ...bytes, paddingRecords: quotas.minRecordsPerJob, modelInvocationType: 'InvokeModel' };
}

/** The job with one record more, or undefined where it would pass a limit. */
function withRecord(
  job: PackedJob,
  size: RecordSize | undefined,
  hasMedia: boolean,
  { layout, quotas, paddingBytes }: PackLimits,
): PackedJob | undefined {
  if (size === undefined) return undefined;
  const records = job.to - job.from + 1;
  const paddingRecords = Math.max(0, quotas.minRecordsPerJob - records);
  const media = hasMedia ? 0 : size.mediaBytes;
  const isCopied = (layout === 'staged' || size.isCopied) && !hasMedia;
  const longer: PackedJob = {
    ...job,
    listBytes: job.listBytes + size.listBytes,
    inputBytes: job.inputBytes + size.inputBytes,
    mediaBytes: job.mediaBytes + media,
    copies: {
      objects: job.copies.objects + (isCopied ? 1 : 0),
      bytes: job.copies.bytes + (isCopied ? media : 0),
    },
    paddingRecords,
    // InvokeModel is what videos in S3 are known to work with; by Nova's schema it takes images as bytes only, so an image
    // makes it a job of Converse: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
    modelInvocationType: size.isImage ? 'Converse' : job.modelInvocationType,
  };
  const fileBytes = longer.inputBytes + paddingRecords * paddingBytes;
  const isWithin =
    records <= Math.min(quotas.maxRecordsPerJob, quotas.maxRecordsPerFile) &&
    fileBytes <= quotas.maxFileBytes &&
    fileBytes + longer.copies.bytes <= quotas.maxJobBytes;
  return isWithin ? longer : undefined;
}
