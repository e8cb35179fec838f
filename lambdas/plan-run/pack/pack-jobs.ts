import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import type { ModelInvocationType } from '../../shared/domain/job/create-request.ts';
import type { Layout } from '../../shared/domain/job/job.ts';
import { maxJobsPerAttempt } from '../../shared/domain/limits.ts';
import type { Quotas } from '../../shared/domain/model/models.ts';

/** What decides which job a record goes into: bytes of its lines with their newlines, and of its media. */
export interface RecordSize {
  /** In the attempt's list of records. */
  listBytes: number;
  /** The part of it that collecting keeps in memory. */
  keptBytes: number;
  /** In the job's JSONL, at most. */
  inputBytes: number;
  mediaBytes: number;
  /** The record before it asks about the same media, so a job with both has the media once. */
  isSameMedia: boolean;
  /** The record needs a Converse job: an image, which InvokeModel does not take from S3, or a Converse body. */
  isConverse: boolean;
  /** A job at the root reads a copy of the media. A staged job always does. */
  isCopied: boolean;
}

/** The limits of a job. */
export interface PackLimits {
  layout: Layout;
  quotas: Quotas;
  /** Bytes of one padding record's line in the JSONL. */
  paddingBytes: number;
}

/** Kept lines of one job: 100,000 usual ones have 20 MB, and a row of a manifest may have a megabyte in its columns. */
const maxKeptBytes = 128_000_000;

/** The records of one job: those of the list from `from` up to, not with, `to`. */
export interface PackedJob {
  from: number;
  to: number;
  listBytes: number;
  keptBytes: number;
  inputBytes: number;
  mediaBytes: number;
  paddingRecords: number;
  copies: { objects: number; bytes: number };
  modelInvocationType: ModelInvocationType;
}

/** Packs records one by one. */
export type JobPacker = ReturnType<typeof jobPacker>;

/**
 * Packs records into jobs in their order, each as full as the quotas allow. The last two jobs are balanced where the
 * last would be under the minimum and both can reach it, so only the sizes of two jobs are kept in memory.
 */
export function jobPacker(limits: PackLimits) {
  const closed: PackedJob[] = [];
  let jobCount = 1;
  let open = emptyJob(0, limits);
  let tail: Tail = { from: 0, sizes: [] };

  return {
    /** Adds the next record; false for a record that fits no job. */
    add(size: RecordSize): boolean {
      const at = open.to;
      const longer = withRecord(open, size, at > open.from && size.isSameMedia, limits);
      const next = longer ?? withRecord(emptyJob(at, limits), size, false, limits);
      if (next === undefined) return false;
      if (longer === undefined) close();
      open = { ...next, to: at + 1 };
      tail.sizes.push(size);
      return true;
    },

    /**
     * Returns the jobs of all records.
     *
     * @throws {RequestRefused} for more jobs than one attempt can have
     */
    complete(): PackedJob[] {
      if (open.to === open.from) return [];
      if (jobCount <= maxJobsPerAttempt) return balanced([...closed, open], tail, limits);
      throw new RequestRefused(
        `The request needs ${jobCount} jobs and a run sends at most ${maxJobsPerAttempt} in an attempt, expected fewer: divide ` +
          'it into several requests, by prefix or with "include".',
      );
    },
  };

  function close(): void {
    tail = { from: open.from, sizes: tail.sizes.slice(open.from - tail.from) };
    jobCount += 1;
    if (jobCount <= maxJobsPerAttempt) closed.push(open);
  }
}

/** Sizes of the last records, at least those of the last two jobs. */
interface Tail {
  /** Index of the first of them in the list. */
  from: number;
  sizes: RecordSize[];
}

/** Balances the last two jobs. */
function balanced(jobs: readonly PackedJob[], tail: Tail, limits: PackLimits): PackedJob[] {
  const [previous, last] = jobs.slice(-2);
  if (last === undefined || previous === undefined || last.paddingRecords === 0) return [...jobs];
  const middle = previous.from + Math.ceil((last.to - previous.from) / 2);
  const second = packBackward(tail, { from: middle, to: last.to }, limits);
  const first = packForward(tail, { from: previous.from, to: second.from }, limits);
  // Where both cannot reach the minimum, one job that does is better than none.
  const isBetter = first.paddingRecords === 0 && second.paddingRecords === 0;
  return isBetter ? [...jobs.slice(0, -2), first, second] : [...jobs];
}

interface Range {
  from: number;
  to: number;
}

/** Packs the first records of a range into a job, as many as fit. */
function packForward(tail: Tail, { from, to }: Range, limits: PackLimits): PackedJob {
  let job = emptyJob(from, limits);
  for (let at = from; at < to; at++) {
    const size = tail.sizes[at - tail.from];
    const longer = size && withRecord(job, size, at > from && size.isSameMedia, limits);
    if (longer === undefined) break;
    job = { ...longer, to: at + 1 };
  }
  return job;
}

/** Packs the last records of a range into a job, as many as fit. */
function packBackward(tail: Tail, { from, to }: Range, limits: PackLimits): PackedJob {
  let job = emptyJob(to, limits);
  for (let at = to - 1; at >= from; at--) {
    const size = tail.sizes[at - tail.from];
    const hasMedia = at + 1 < to && tail.sizes[at + 1 - tail.from]?.isSameMedia === true;
    const longer = size && withRecord(job, size, hasMedia, limits);
    if (longer === undefined) break;
    job = { ...longer, from: at };
  }
  return job;
}

function emptyJob(at: number, { quotas }: PackLimits): PackedJob {
  const bytes = { listBytes: 0, keptBytes: 0, inputBytes: 0, mediaBytes: 0, copies: { objects: 0, bytes: 0 } };
  return { from: at, to: at, ...bytes, paddingRecords: quotas.minRecordsPerJob, modelInvocationType: 'InvokeModel' };
}

/** Returns the job with one more record; undefined where that would pass a limit. */
function withRecord(
  job: PackedJob,
  size: RecordSize,
  hasMedia: boolean,
  { layout, quotas, paddingBytes }: PackLimits,
): PackedJob | undefined {
  const records = job.to - job.from + 1;
  const paddingRecords = Math.max(0, quotas.minRecordsPerJob - records);
  const media = hasMedia ? 0 : size.mediaBytes;
  const isCopied = (layout === 'staged' || size.isCopied) && !hasMedia;
  const longer: PackedJob = {
    ...job,
    listBytes: job.listBytes + size.listBytes,
    keptBytes: job.keptBytes + size.keptBytes,
    inputBytes: job.inputBytes + size.inputBytes,
    mediaBytes: job.mediaBytes + media,
    copies: {
      objects: job.copies.objects + (isCopied ? 1 : 0),
      bytes: job.copies.bytes + (isCopied ? media : 0),
    },
    paddingRecords,
    // InvokeModel is what videos in S3 are known to work with; by Nova's schema it takes images as bytes only, so an
    // image makes it a job of Converse: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
    modelInvocationType: size.isConverse ? 'Converse' : job.modelInvocationType,
  };
  const fileBytes = longer.inputBytes + paddingRecords * paddingBytes;
  const isWithin =
    records <= Math.min(quotas.maxRecordsPerJob, quotas.maxRecordsPerFile) &&
    longer.keptBytes <= maxKeptBytes &&
    fileBytes <= quotas.maxFileBytes &&
    fileBytes + longer.copies.bytes <= quotas.maxJobBytes;
  return isWithin ? longer : undefined;
}
