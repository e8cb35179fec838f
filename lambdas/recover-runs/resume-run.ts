import { createHash } from 'node:crypto';
import { executionArnOf } from '../shared/aws/step-functions.ts';
import { functionGoneMs } from '../shared/domain/job/job-liveness.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { Run } from '../shared/domain/run/run.ts';

export interface ResumeRunDependencies {
  table: Pick<RunTable, 'addExecution'>;
  executions: Pick<Executions, 'startNamed'>;
  stateMachineArn: string;
}

/** The first resumes, which wait only until the functions of the last execution are gone. */
const quickResumes = 3;
const longestWaitMs = 24 * 60 * 60_000;

/**
 * Returns the wait between the end of an execution and the `number`-th resume (from 1), in milliseconds.
 *
 * 16 minutes for the first three, then doubling, at most a day. All 23 together: 3 × 16 min, 32 + 64 + … + 1,024 =
 * 2,016 min and 14 × 24 h are 15 days and 10 hours, in which a user can fix what ends the run before its report.
 */
export function waitBeforeResumeMs(number: number): number {
  return Math.min(functionGoneMs * 2 ** Math.max(0, number - quickResumes), longestWaitMs);
}

/** Starts the next execution of a run. Two recoveries at once start one, because both choose the same name. */
export async function resumeRun(
  { runId, executionArns }: Run,
  unstarted: string | undefined,
  { table, executions, stateMachineArn }: ResumeRunDependencies,
): Promise<void> {
  const number = executionArns.length;
  const name = unstarted?.slice(unstarted.lastIndexOf(':') + 1) ?? resumeNameOf(runId, number);
  if (unstarted === undefined) await table.addExecution(runId, number, executionArnOf(stateMachineArn, name));
  await executions.startNamed(stateMachineArn, name, { resume: runId });
}

/** Of 80 in the name: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const runIdLength = 60;

/** Returns a name such as `nightly-resume-1`; the end of a long run ID is hashed, so that names of two runs differ. */
export function resumeNameOf(runId: string, number: number): string {
  const hash = createHash('sha256').update(runId).digest('hex').slice(0, 8);
  const start = runId.length <= runIdLength ? runId : `${runId.slice(0, runIdLength - hash.length - 1)}-${hash}`;
  return `${start}-resume-${number}`;
}
