import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';
import { plainLine, plainText } from '../../../lambdas/shared/text/plain-text.ts';
import { type Channel, colorsFor } from '../../program/output.ts';
import { jobText, planLines, waitOf } from './job-text.ts';

/** Shows the progress of a run. */
export interface Progress {
  /** Shows what has changed since the last call; returns whether anything has. */
  update(jobs: readonly Job[], run?: Run): boolean;
  /** Prints a sentence about the whole run. */
  say(sentence: string): void;
  /** Ends the display. */
  end(): void;
}

/** Progress as lines: the plan of each attempt, each new status and wait of a job, and its counts at every tenth. */
export function progressLines(channel: Channel): Progress {
  const colors = colorsFor(channel);
  const shown = new Map<string, { phase: string; text: string; tenth: number }>();
  const newPlan = planOnce();

  function say(sentence: string): void {
    // Reasons contain keys, which others choose.
    channel.write(`${plainText(sentence)}\n`);
  }

  function showPlan(run: Run | undefined): boolean {
    const lines = newPlan(run);
    for (const line of lines) say(line);
    return lines.length > 0;
  }

  function show(job: Job): boolean {
    const before = shown.get(job.jobName);
    const text = jobText(job);
    const now = { phase: waitOf(job) === undefined ? job.status : text, text, tenth: tenthOf(job) };
    if (before?.text === now.text) return false;
    if (before?.phase === now.phase && before.tenth === now.tenth) return true;
    channel.write(`${colors.dim(plainLine(`job ${job.jobName}`))} ${plainLine(text)}\n`);
    shown.set(job.jobName, now);
    return true;
  }

  return {
    update: (jobs, run) => [showPlan(run), ...jobs.map(show)].some(Boolean),
    say,
    end: () => {},
  };
}

/** Returns the plan of each attempt once, as lines. */
export function planOnce(): (run: Run | undefined) => string[] {
  let attemptShown = 0;
  return (run) => {
    const { planned } = run ?? {};
    if (planned === undefined || planned.attempt <= attemptShown) return [];
    attemptShown = planned.attempt;
    return planLines(planned);
  };
}

function tenthOf({ counters }: Job): number {
  return counters === undefined || counters.total === 0 ? 0 : Math.floor((10 * counters.processed) / counters.total);
}
