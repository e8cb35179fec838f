import { type StopJobsDependencies, stopJobs } from '../shared/domain/job/stop-jobs.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { isOpen, type Run } from '../shared/domain/run/run.ts';
import { type JudgeExecutionDependencies, judgeBegun, judgeExecution } from './judge-execution.ts';
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

/** What a recovery found and did about a run. */
export interface RecoveredRun {
  /** `waiting`: its execution has ended, and something of it may still be at work or its next one is not due. `stuck`: it was resumed too often. */
  standing: 'resumed' | 'alive' | 'waiting' | 'stuck';
  /** It was noticed just now that a person stopped it. */
  stopped: boolean;
  /** Sentences about what a person should know. */
  problems: string[];
}

/** A run that has had as many ended before its report each time, for two weeks; that needs a person. */
export const maxExecutions = 24;

/**
 * Resumes a run whose execution is gone; one that a person stopped, with its jobs stopped. Undefined where the run has ended. Safe
 * to repeat and to run twice at once: an execution is in the run's list before it starts, and one name starts once.
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
  if (isAlive) return { standing: 'alive', stopped: false, problems: [] };

  const stopped = isAborted && run.stopRequestedAt === undefined;
  if (stopped) await table.updateRun(runId, { stopRequestedAt: new Date(now()).toISOString() });
  const openJobs = (await table.listJobs(runId)).filter(({ collected }) => collected === undefined);
  const problems = stopped || run.stopRequestedAt !== undefined ? await stopJobs(openJobs, dependencies) : [];

  const children = new Set(openJobs.flatMap(({ executionArn }) => executionArn ?? []));
  if (isEnding || !(await areGone(children, run, dependencies))) return { standing: 'waiting', stopped, problems };
  if (unstarted === undefined) {
    const number = run.executionArns.length;
    if (number >= maxExecutions) return { standing: 'stuck', stopped, problems: [...problems, stuckSentence(run)] };
    if (now() - endedAt < waitBeforeResumeMs(number)) return { standing: 'waiting', stopped, problems };
  }
  await resumeRun(run, unstarted, dependencies);
  return { standing: 'resumed', stopped, problems };
}

/** All of a run's executions, because an earlier one may have been redriven by hand. */
async function judgeExecutions({ executionArns, startedAt }: Run, dependencies: RecoverRunDependencies) {
  const judged = await Promise.all(
    executionArns.map((arn, at) =>
      at === 0 ? judgeBegun(arn, { startedAt }, dependencies) : judgeExecution(arn, dependencies),
    ),
  );
  const isAny = (standing: string) => judged.some((execution) => execution.standing === standing);
  return {
    isAlive: isAny('running'),
    isEnding: isAny('ending'),
    endedAt: Math.max(...judged.map((execution) => execution.endedAt)),
    isAborted: judged.some(({ aborted }) => aborted),
    // Put into the list by a recovery that got no further.
    unstarted: judged.at(-1)?.standing === 'unknown' ? executionArns.at(-1) : undefined,
  };
}

/** The children of a map may outlive their parent. */
async function areGone(children: Iterable<string>, run: Run, dependencies: RecoverRunDependencies): Promise<boolean> {
  for (const child of children) {
    if ((await judgeBegun(child, run, dependencies)).standing !== 'gone') return false;
  }
  return true;
}

function stuckSentence({ runId, executionArns }: Run): string {
  return (
    `Run ${runId} has ${executionArns.length} executions and no report, expected one after at most ${maxExecutions}: see why ` +
    `${executionArns.at(-1)} ended, put that right and redrive it.`
  );
}
