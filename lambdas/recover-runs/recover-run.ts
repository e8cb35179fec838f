import { type StopJobsDependencies, stopJobs } from '../shared/domain/job/stop-jobs.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { isOpen, type Run } from '../shared/domain/run/run.ts';
import { maxExecutions } from '../shared/domain/waits.ts';
import { type JudgeExecutionDependencies, judgeExecution, judgeStarted } from './judge-execution.ts';
import { type ResumeRunDependencies, resumeRun, waitBeforeResumeMs } from './resume-run.ts';

export interface RecoverRunDependencies
  extends StopJobsDependencies,
    JudgeExecutionDependencies,
    ResumeRunDependencies {
  table: StopJobsDependencies['table'] &
    ResumeRunDependencies['table'] &
    Pick<RunTable, 'getRun' | 'updateRun' | 'listJobs'>;
  executions: Pick<Executions, 'describe' | 'startNamed'>;
}

/** What a recovery found out and did about a run. */
export interface RecoveredRun {
  /** `waiting`: functions may still be at work, or its next execution is not due. `stuck`: resumed too often. */
  state: 'resumed' | 'alive' | 'waiting' | 'stuck';
  /** This recovery noticed that a user stopped it. */
  stopped: boolean;
  /** Sentences for the log and the error of the recovery. */
  problems: string[];
}

/**
 * Resumes a run whose execution is gone, and stops the jobs of a run that a user stopped; undefined once it has ended.
 * Safe to repeat and to run twice at once: an execution is registered before it starts, and one name starts once.
 */
export async function recoverRun(
  runId: string,
  dependencies: RecoverRunDependencies,
): Promise<RecoveredRun | undefined> {
  const { table, now } = dependencies;
  const run = await table.getRun(runId);
  // The index of open runs lags behind.
  if (run === undefined || !isOpen(run)) return undefined;
  const { isAlive, isEnding, isAborted, unstarted, endedAt } = await judgeExecutions(run, dependencies);
  if (isAlive) return { state: 'alive', stopped: false, problems: [] };

  const stopped = isAborted && run.stopRequestedAt === undefined;
  if (stopped) await table.updateRun(runId, { stopRequestedAt: new Date(now()).toISOString() });
  const openJobs = (await table.listJobs(runId)).filter(({ collected }) => collected === undefined);
  const problems = stopped || run.stopRequestedAt !== undefined ? await stopJobs(openJobs, dependencies) : [];

  const children = new Set(openJobs.flatMap(({ executionArn }) => executionArn ?? []));
  if (isEnding || !(await areGone(children, run, dependencies))) return { state: 'waiting', stopped, problems };
  if (unstarted === undefined) {
    const number = run.executionArns.length;
    if (number >= maxExecutions) return { state: 'stuck', stopped, problems: [...problems, stuckProblem(run)] };
    if (now() - endedAt < waitBeforeResumeMs(number)) return { state: 'waiting', stopped, problems };
  }
  await resumeRun(run, unstarted, dependencies);
  return { state: 'resumed', stopped, problems };
}

/** All of a run's executions, because an earlier one may have been redriven by hand. */
async function judgeExecutions({ executionArns, startedAt }: Run, dependencies: RecoverRunDependencies) {
  const judged = await Promise.all(
    executionArns.map((arn, at) =>
      at === 0 ? judgeStarted(arn, { startedAt }, dependencies) : judgeExecution(arn, dependencies),
    ),
  );
  const isAnyIn = (state: string) => judged.some((execution) => execution.state === state);
  return {
    isAlive: isAnyIn('running'),
    isEnding: isAnyIn('ending'),
    endedAt: Math.max(...judged.map((execution) => execution.endedAt)),
    isAborted: judged.some(({ aborted }) => aborted),
    // A recovery registered it and was interrupted before it started it.
    unstarted: judged.at(-1)?.state === 'unknown' ? executionArns.at(-1) : undefined,
  };
}

/** The children of a map state may outlive their parent. */
async function areGone(children: Iterable<string>, run: Run, dependencies: RecoverRunDependencies): Promise<boolean> {
  for (const child of children) {
    if ((await judgeStarted(child, run, dependencies)).state !== 'gone') return false;
  }
  return true;
}

function stuckProblem({ runId, executionArns }: Run): string {
  return (
    `Run ${runId} has ${executionArns.length} executions and no report, and is not resumed any more: see why ` +
    `${executionArns.at(-1)} ended, fix that and redrive it.`
  );
}
