import { functionGoneMs } from '../shared/domain/job/job-liveness.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';

/**
 * DescribeExecution is eventually consistent, so one that has only just begun may be unknown. An execution is forgotten 90 days
 * after its end: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const unknownAtFirstMs = 24 * 60 * 60_000;

/** How an execution stands, as far as it can be proven; what cannot be judged counts as running. */
export interface Judgement {
  /** `ending`: its functions may still be at work. `gone`: surely nothing is. `unknown`: nobody has heard of it. */
  standing: 'running' | 'ending' | 'gone' | 'unknown';
  /** A person, or whoever may, has stopped it. */
  aborted: boolean;
  /** In milliseconds since 1970; of one that is not known to have ended, before all others. */
  endedAt: number;
}

const notEnded = { aborted: false, endedAt: Number.NEGATIVE_INFINITY };

export interface JudgeExecutionDependencies {
  executions: Pick<Executions, 'describe'>;
  now(): number;
}

/** Asks how an execution stands. */
export async function judgeExecution(
  executionArn: string,
  { executions, now }: JudgeExecutionDependencies,
): Promise<Judgement> {
  const execution = await executions.describe(executionArn);
  if (execution === undefined) return { standing: 'unknown', ...notEnded };
  if (execution.running) return { standing: 'running', ...notEnded };
  const { endedAt, status } = execution;
  const isGone = now() - endedAt >= functionGoneMs;
  return { standing: isGone ? 'gone' : 'ending', aborted: status === 'ABORTED', endedAt };
}

/** How an execution stands that has surely begun, at the earliest with its run: it is unknown at first and once it is forgotten. */
export async function judgeBegun(
  executionArn: string,
  run: { startedAt: string },
  dependencies: JudgeExecutionDependencies,
): Promise<Judgement> {
  const judged = await judgeExecution(executionArn, dependencies);
  if (judged.standing !== 'unknown') return judged;
  const isForgotten = dependencies.now() - Date.parse(run.startedAt) >= unknownAtFirstMs;
  return { ...judged, standing: isForgotten ? 'gone' : 'running' };
}
