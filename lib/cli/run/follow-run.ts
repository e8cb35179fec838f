import { isTransient } from '../../../lambdas/shared/domain/errors/errors.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import type { Context } from '../../program/context.ts';
import { CommandProblem, isUnreachable, sentenceOf } from '../../program/problem.ts';
import type { Look, Runs } from '../aws/runs.ts';
import type { Progress } from '../terminal/progress.ts';

/** How watching ended; `detached` if Ctrl-C came before the run's end. */
export type RunEnd = (Exclude<Look, { state: 'running' }> | { state: 'detached' }) & { jobs: readonly Job[] };

/** While nothing changes the pauses grow, up to this many times the first: a job may take days. */
const slowestFactor = 15;
const growth = 1.25;

/** Failed looks in a row before giving up: 60 pauses are about 12 minutes on AWS. */
const maxMissedLooks = 60;

/**
 * Watches a run until it ends or the command is interrupted. If its execution ends early, another one resumes the run;
 * the run's item names it, and it is watched next.
 *
 * @param lookEveryMs the pause between looks while something changes
 * @throws CommandProblem when the run can no longer be watched; it continues by itself
 */
export async function followRun(
  run: { runId: string; executionArn: string; label: string },
  runs: Pick<Runs, 'look' | 'jobs' | 'item'>,
  progress: Progress,
  lookEveryMs: number,
  context: Pick<Context, 'interrupted' | 'pause'>,
): Promise<RunEnd> {
  const { interrupted, pause } = context;
  const interruption = untilAborted(interrupted);
  let jobs: readonly Job[] = [];
  let pauseMs = lookEveryMs;
  let missed = 0;
  let { executionArn } = run;
  let announcedArn: string | undefined;
  while (!interrupted.aborted) {
    try {
      const seen = await Promise.race([lookOnce(), interruption]);
      if (seen === undefined) break;
      missed = 0;
      jobs = seen.jobs;
      const changed = progress.update(jobs, seen.item);
      const { look, item } = seen;
      const last = item?.executionArns.at(-1) ?? executionArn;
      if (last === executionArn && look.state !== 'running') {
        if (look.state === 'succeeded' || item === undefined || !isOpen(item)) return { ...look, jobs };
        if (announcedArn !== executionArn) progress.say(earlyEndSentence(look));
        announcedArn = executionArn;
      }
      executionArn = last;
      pauseMs = changed ? lookEveryMs : Math.min(pauseMs * growth, lookEveryMs * slowestFactor);
    } catch (error) {
      missed += 1;
      if (missed > maxMissedLooks || !(isTransient(error) || isUnreachable(error))) throw lostSight(run, error);
    }
    await pause(pauseMs, interrupted);
  }
  return { state: 'detached', jobs };

  /** Reads the execution first: jobs that are read after its end are final. */
  async function lookOnce() {
    const look = await runs.look(executionArn);
    return { look, item: await runs.item(run.runId), jobs: await runs.jobs(run.runId) };
  }
}

function earlyEndSentence(look: Exclude<Look, { state: 'running' | 'succeeded' }>): string {
  return look.state === 'stopped'
    ? 'The run was stopped: within about half an hour its jobs are stopped too, and what they wrote is saved.'
    : `The execution ended before its run (${look.error}: ${look.cause}): ` +
        'the run is resumed within about half an hour, later from the fourth time on.';
}

function lostSight({ executionArn, label }: { executionArn: string; label: string }, error: unknown): CommandProblem {
  const why = sentenceOf(error, label).replace(/\.$/, '');
  return new CommandProblem(`The run continues as ${executionArn}, but can no longer be watched: ${why}.`, {
    cause: error,
  });
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
