import type { Job } from '../../lambdas/shared/jobs.ts';
import { type Channel, colorsFor } from './output.ts';

/** Says how the jobs of a run go on. */
export interface Progress {
  /** Shows what has changed since the last time, and tells whether anything has. */
  update(jobs: readonly Job[]): boolean;
}

const words: Partial<Record<Job['status'], string>> = {
  Planned: 'planned',
  Waiting: 'waits for its turn in the folder',
  Prepared: 'input written',
};

/**
 * Progress as lines: one for each new status of a job, and counts as they grow: on a terminal in place, elsewhere whenever
 * another tenth is done.
 */
export function progressLines(channel: Channel): Progress {
  const colors = colorsFor(channel);
  const shown = new Map<string, { status: string; text: string; tenth: number }>();
  let lastLineOf: string | undefined;

  function show(job: Job): boolean {
    const before = shown.get(job.jobName);
    const now = { status: job.status, text: textOf(job), tenth: tenthOf(job) };
    if (before?.text === now.text) return false;
    const onlyCounts = before?.status === now.status;
    const isSmallStep = onlyCounts && before?.tenth === now.tenth;
    if (isSmallStep && !channel.isTerminal) return true;
    const inPlace = onlyCounts && channel.isTerminal && lastLineOf === job.jobName;
    channel.write(`${inPlace ? '\u001b[1A\u001b[2K' : ''}${colors.dim(`job ${job.jobName}`)} ${now.text}\n`);
    shown.set(job.jobName, now);
    lastLineOf = job.jobName;
    return true;
  }

  return { update: (jobs) => jobs.map(show).some(Boolean) };
}

function textOf(job: Job): string {
  const { counters, paddingRecords } = job;
  const text = words[job.status] ?? job.status;
  if (counters === undefined || counters.total === 0) return text;
  const padding = paddingRecords > 0 ? ` (${paddingRecords} of them padding)` : '';
  return `${text} ${counters.processed}/${counters.total}${padding}`;
}

function tenthOf({ counters }: Job): number {
  return counters === undefined || counters.total === 0 ? 0 : Math.floor((10 * counters.processed) / counters.total);
}
