import type { Job, Waiting } from '../../../lambdas/shared/jobs.ts';
import { plainLine, plainText } from '../../../lambdas/shared/plain-text.ts';
import type { Run } from '../../../lambdas/shared/runs.ts';
import { bytesText, countText, usdText } from '../amounts.ts';
import { type Channel, colorsFor } from '../output.ts';

/** Says how a run goes on. */
export interface Progress {
  /** Shows what has changed since the last time, and tells whether anything has. */
  update(jobs: readonly Job[], run?: Run): boolean;
  /** Says something that concerns the run as a whole. */
  say(sentence: string): void;
}

const words: Partial<Record<Job['status'], string>> = {
  Planned: 'planned',
  Waiting: 'waits for its turn in the folder',
  Prepared: 'input written',
};

/**
 * Progress as lines: the plan of each round, then one for each new status of a job and for each new thing that it waits for, and
 * counts as they grow: on a terminal in place, elsewhere whenever another tenth is done.
 */
export function progressLines(channel: Channel): Progress {
  const colors = colorsFor(channel);
  const shown = new Map<string, { phase: string; text: string; tenth: number }>();
  let lastLineOf: string | undefined;
  let roundShown = 0;

  function say(sentence: string): void {
    // Reasons name keys, which are for others to choose.
    channel.write(`${plainText(sentence)}\n`);
    lastLineOf = undefined;
  }

  function showPlan(planned: Run['planned']): boolean {
    if (planned === undefined || planned.round <= roundShown) return false;
    roundShown = planned.round;
    for (const line of planLines(planned)) say(line);
    return true;
  }

  function show(job: Job): boolean {
    const before = shown.get(job.jobName);
    const text = textOf(job);
    const now = { phase: waitOf(job) === undefined ? job.status : text, text, tenth: tenthOf(job) };
    if (before?.text === now.text) return false;
    const onlyCounts = before?.phase === now.phase;
    const isSmallStep = onlyCounts && before?.tenth === now.tenth;
    if (isSmallStep && !channel.isTerminal) return true;
    const inPlace = onlyCounts && channel.isTerminal && lastLineOf === job.jobName;
    channel.write(
      `${inPlace ? '\u001b[1A\u001b[2K' : ''}${colors.dim(plainLine(`job ${job.jobName}`))} ${plainLine(text)}\n`,
    );
    shown.set(job.jobName, now);
    lastLineOf = job.jobName;
    return true;
  }

  return {
    update: (jobs, run) => [showPlan(run?.planned), ...jobs.map(show)].some(Boolean),
    say,
  };
}

function planLines(planned: NonNullable<Run['planned']>): string[] {
  const { round, records, jobs, layout, layoutReason, stagedBytes, stagedUsd, longestHours, estimate } = planned;
  const what =
    round === 1 ? `plan: ${countText(records, 'record')}` : `round ${round}: ${countText(records, 'record')} again`;
  const hours = countText(Math.ceil(longestHours), 'hour');
  const lines = [
    `${what} in ${countText(jobs, 'job')}, layout ${layout} (${layoutReason}), ${hours} at most once its jobs start`,
  ];
  if (stagedBytes > 0) lines.push(`copies first: ${bytesText(stagedBytes)}, about ${usdText(stagedUsd)}`);
  if (estimate) lines.push(`estimate: about ${usdText(estimate.totalUsd)}, at most ${usdText(estimate.atMostUsd)}`);
  return lines;
}

function textOf(job: Job): string {
  const { counters, paddingRecords } = job;
  const wait = waitOf(job);
  if (wait !== undefined) return waitText(wait);
  const text = words[job.status] ?? job.status;
  if (counters === undefined || counters.total === 0) return text;
  const padding = paddingRecords > 0 ? ` (${paddingRecords} of them padding)` : '';
  return `${text} ${counters.processed}/${counters.total}${padding}`;
}

/** What a job waits for; once Bedrock has it, and once it is over, that is told by its status. */
function waitOf({ waiting, batchJobArn, collected }: Job): Waiting | undefined {
  return batchJobArn === undefined && collected === undefined ? waiting : undefined;
}

function waitText({ for: what, since, holder, ahead = 0, idleSince }: Waiting): string {
  const text = what === 'root' ? 'waits for the root of the bucket' : 'waits for a free job slot of the model';
  const who = holder && `run ${holder.runId} has it with job ${holder.jobName} since ${holder.since}`;
  const queue = ahead > 0 ? `${countText(ahead, 'job')} before it` : undefined;
  const quota = idleSince && 'no job of the account is open, so its quota may be 0: see "The first hour" of the README';
  const more = [who, queue, quota].filter((part) => part !== undefined).join(', ');
  return `${text} since ${since}${more === '' ? '' : ` (${more})`}`;
}

function tenthOf({ counters }: Job): number {
  return counters === undefined || counters.total === 0 ? 0 : Math.floor((10 * counters.processed) / counters.total);
}
