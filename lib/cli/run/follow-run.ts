import { isTransient } from '../../../lambdas/shared/domain/errors/errors.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import type { Context } from '../../program/context.ts';
import { CommandProblem, isUnreachable, sentenceOf } from '../../program/problem.ts';
import type { Look, Runs } from '../aws/runs.ts';
import type { Progress } from '../terminal/progress.ts';

/** How it ended for the one who watched; `detached` when Ctrl-C came before the run's end. */
export type RunEnd = (Exclude<Look, { state: 'running' }> | { state: 'detached' }) & { jobs: readonly Job[] };

/** While nothing changes the pauses grow, up to this many times the first: a job may take days. */
const slowestFactor = 15;
const growth = 1.25;

/** Looks in a row that may find nobody there: 60 pauses are about 12 min against AWS, and longer is no hiccup. */
const maxMissedLooks = 60;

/**
 * Watches a run until it ends or the command is interrupted. A run outlives its execution: one that is cut off is gone on with
 * in another, which the run's item names, and that one is watched then.
 *
 * @param lookEveryMs the pause between looks while something changes
 * @throws CommandProblem when the run cannot be seen any more; it goes on by itself
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
  let cutOffArn: string | undefined;
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
        if (cutOffArn !== executionArn) progress.say(cutOffSentence(look));
        cutOffArn = executionArn;
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

  /** The execution first: what is read after its end is as it ended. */
  async function lookOnce() {
    const look = await runs.look(executionArn);
    return { look, item: await runs.item(run.runId), jobs: await runs.jobs(run.runId) };
  }
}

function cutOffSentence(look: Exclude<Look, { state: 'running' | 'succeeded' }>): string {
  return look.state === 'stopped'
    ? 'The run was stopped: within about half an hour its jobs are stopped too, and what they wrote is saved.'
    : `The execution ended before its run (${look.error}: ${look.cause}): the run is resumed, the first times within about half an hour.`;
}

function lostSight({ executionArn, label }: { executionArn: string; label: string }, error: unknown): CommandProblem {
  const why = sentenceOf(error, label).replace(/\.$/, '');
  return new CommandProblem(`The run goes on unseen as ${executionArn}, because this went wrong: ${why}.`, {
    cause: error,
  });
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
