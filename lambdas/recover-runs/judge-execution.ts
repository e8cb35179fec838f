import { functionGoneMs } from '../shared/domain/job/job-liveness.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';

/**
 * DescribeExecution is eventually consistent, so an execution that has just started may be unknown. Step Functions
 * forgets an execution 90 days after its end: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const unknownAtFirstMs = 24 * 60 * 60_000;

/** The state of an execution as far as it can be proven; an execution that cannot be judged counts as running. */
export interface Judgement {
  /** `ending`: functions may still be at work. `gone`: none can be. `unknown`: Step Functions does not know it. */
  state: 'running' | 'ending' | 'gone' | 'unknown';
  /** A user stopped it. */
  aborted: boolean;
  /** In milliseconds since 1970; minus infinity if it is not known to have ended. */
  endedAt: number;
}

const notEnded = { aborted: false, endedAt: Number.NEGATIVE_INFINITY };

export interface JudgeExecutionDependencies {
  executions: Pick<Executions, 'describe'>;
  now(): number;
}

/** Returns the state of an execution. */
export async function judgeExecution(
  executionArn: string,
  { executions, now }: JudgeExecutionDependencies,
): Promise<Judgement> {
  const execution = await executions.describe(executionArn);
  if (execution === undefined) return { state: 'unknown', ...notEnded };
  if (execution.running) return { state: 'running', ...notEnded };
  const { endedAt, status } = execution;
  const isGone = now() - endedAt >= functionGoneMs;
  return { state: isGone ? 'gone' : 'ending', aborted: status === 'ABORTED', endedAt };
}

/** Like `judgeExecution`, for an execution that has certainly started, at the earliest with its run. */
export async function judgeStarted(
  executionArn: string,
  run: { startedAt: string },
  dependencies: JudgeExecutionDependencies,
): Promise<Judgement> {
  const judged = await judgeExecution(executionArn, dependencies);
  if (judged.state !== 'unknown') return judged;
  const isForgotten = dependencies.now() - Date.parse(run.startedAt) >= unknownAtFirstMs;
  return { ...judged, state: isForgotten ? 'gone' : 'running' };
}
