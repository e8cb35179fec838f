import { executionArnOf } from '../shared/aws/step-functions.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { isOpen } from '../shared/domain/run/run.ts';

export interface IsRunActiveDependencies {
  runs: Pick<RunTable, 'getRun'>;
  executions: Pick<Executions, 'describe'>;
  stateMachineArn: string;
}

/** Whether a started run has not ended. It is in the table only once its plan has begun. */
export async function isRunActive(
  runId: string,
  { runs, executions, stateMachineArn }: IsRunActiveDependencies,
): Promise<boolean> {
  const run = await runs.getRun(runId);
  if (run !== undefined) return isOpen(run);
  const execution = await executions.describe(executionArnOf(stateMachineArn, runId));
  return execution?.running ?? false;
}
