import { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';
import { countText, durationText, numberText } from '../../../lambdas/shared/text/amounts.ts';
import { plainLine, plainText, truncateText } from '../../../lambdas/shared/text/plain-text.ts';
import { type Channel, colorsFor } from '../../program/output.ts';
import { jobText } from './job-text.ts';
import { type Progress, planOnce } from './progress.ts';

/** Lines of the screen that are not jobs: the summary, the number of hidden jobs, and the line below them. */
const otherRows = 3;

const barWidth = 20;

/** The window of the rate: Bedrock's counters move in steps, and this contains several. */
const windowMs = 10 * 60_000;

/**
 * Progress in place: ended jobs stay above; below them is a line for each open job that fits on the screen, and a
 * summary.
 */
export function liveProgress(channel: Channel, now: () => number): Progress {
  const colors = colorsFor(channel);
  const log = createLogUpdate(streamTo(channel), { showCursor: true });
  const startedAt = now();
  const rate = recordRate();
  const ended = new Set<string>();
  const printed = new Set<string>();
  const newPlan = planOnce();
  let before = '';

  // Reasons contain keys, which others choose.
  const say = (sentence: string) => log.persist(plainText(sentence));

  function lineOf(job: Job, columns: number): string {
    const name = plainLine(`job ${job.jobName}`);
    const text = plainLine(`${isOver(job) ? '' : barOf(job)}${jobText(job)}`);
    return `${colors.dim(name)} ${truncateText(text, Math.max(0, columns - name.length - 3))}`;
  }

  /** Prints once the text of a job that its line truncates, because it says which run has the lock. */
  function printTruncated(job: Job, columns: number): void {
    const text = `job ${job.jobName} ${jobText(job)}`;
    if (text.length < columns || printed.has(text)) return;
    printed.add(text);
    say(plainLine(text));
  }

  function update(jobs: readonly Job[], run?: Run): boolean {
    const { columns, rows } = channel.size();
    const plan = newPlan(run);
    for (const line of plan) say(line);
    const over = jobs.filter((job) => isOver(job) && !ended.has(job.jobName));
    for (const job of over) {
      ended.add(job.jobName);
      log.persist(lineOf(job, columns));
    }
    const open = jobs.filter((job) => !isOver(job));
    const shown = open.slice(0, Math.max(1, rows - otherRows));
    const hidden = open.length - shown.length;
    for (const job of shown) printTruncated(job, columns);
    rate.add(processedIn(jobs), now());
    const summary = jobs.length === 0 ? [] : [summaryOf(jobs, open, rate.perMinute())];
    log(
      [
        ...shown.map((job) => lineOf(job, columns)),
        ...(hidden > 0 ? [`and ${countText(hidden, 'more job')}`] : []),
        [...summary, `${durationText(Math.max(0, now() - begunAt(run, startedAt)))} elapsed`].join(', '),
      ].join('\n'),
    );
    const texts = open.map(jobText).join('\n');
    const hasChanged = texts !== before || over.length > 0 || plan.length > 0;
    before = texts;
    return hasChanged;
  }

  return { update, say, end: log.done };
}

/** When the run began; on the clock of the local AWS this may be in the future. */
function begunAt(run: Run | undefined, startedAt: number): number {
  return run === undefined ? startedAt : Math.min(Date.parse(run.startedAt), startedAt);
}

function isOver({ collected, endedAt }: Job): boolean {
  return collected !== undefined || endedAt !== undefined;
}

function barOf({ counters }: Job): string {
  if (counters === undefined || counters.total === 0) return '';
  const filled = Math.min(barWidth, Math.floor((barWidth * counters.processed) / counters.total));
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} `;
}

function processedIn(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { counters }) => sum + (counters?.processed ?? 0), 0);
}

function summaryOf(jobs: readonly Job[], open: readonly Job[], perMinute: number | undefined): string {
  const total = jobs.reduce((sum, { counters, records, paddingRecords }) => {
    return sum + (counters?.total || records + paddingRecords);
  }, 0);
  const parts = [
    `${jobs.length - open.length} of ${countText(jobs.length, 'job')} over`,
    `${numberText(processedIn(jobs))} of ${countText(total, 'record')}`,
  ];
  if (perMinute !== undefined && open.length > 0) parts.push(`${numberText(Math.round(perMinute))} a minute`);
  const leftMs = timeLeft(open, perMinute);
  if (leftMs !== undefined) parts.push(`about ${durationText(leftMs)} left`);
  return parts.join(', ');
}

/** Only while every open job is in progress: the length of a wait is unknown. */
function timeLeft(open: readonly Job[], perMinute: number | undefined): number | undefined {
  if (perMinute === undefined || open.length === 0) return undefined;
  if (!open.every(({ status, counters }) => status === 'InProgress' && (counters?.total ?? 0) > 0)) return undefined;
  const left = open.reduce((sum, { counters }) => sum + (counters?.total ?? 0) - (counters?.processed ?? 0), 0);
  return (left / perMinute) * 60_000;
}

/** Records per minute that Bedrock answered in the last ten minutes, by its own counters. */
function recordRate() {
  let samples: { processed: number; atMs: number }[] = [];
  return {
    add(processed: number, atMs: number): void {
      samples.push({ processed, atMs });
      // The last sample before the window stays, so that after a long pause there is one to compare with.
      const inside = samples.findIndex((sample) => sample.atMs >= atMs - windowMs);
      samples = samples.slice(Math.max(0, inside - 1));
    },
    /** Undefined until something was counted. */
    perMinute(): number | undefined {
      const [first, last] = [samples[0], samples.at(-1)];
      if (first === undefined || last === undefined) return undefined;
      const [records, ms] = [last.processed - first.processed, last.atMs - first.atMs];
      return records > 0 && ms > 0 ? (records * 60_000) / ms : undefined;
    },
  };
}

/** A channel as the stream that `log-update` needs. */
function streamTo(channel: Channel): Writable & { columns: number; rows: number } {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      channel.write(String(chunk));
      done();
    },
  });
  // Read each time, because terminals are resized.
  return Object.defineProperties(Object.assign(stream, channel.size()), {
    columns: { get: () => channel.size().columns },
    rows: { get: () => channel.size().rows },
  });
}
