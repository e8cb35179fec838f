import { RequestRefused } from '../shared/domain/errors/errors.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { isExecutionOf, isOpen, type Run } from '../shared/domain/run/run.ts';
import { type Execution, resumeSchema, runIdOf } from '../shared/domain/state.ts';

/**
 * Returns the run of an execution. Its first execution creates it.
 *
 * @throws {RequestRefused} when the run belongs to another execution
 */
export async function openRun(execution: Execution, table: Pick<RunTable, 'getRun' | 'createRun'>): Promise<Run> {
  const { executionArn, startedAt, input } = execution;
  const runId = runIdOf(execution);
  const isResumed = resumeSchema.safeParse(input).success;
  const requestJson = JSON.stringify(input);
  const fresh: Run = {
    ...{ runId, executionArns: [executionArn], startedAt, requestJson },
    status: 'Planning',
    jobCount: 0,
  };
  if (!isResumed && (await table.createRun(fresh))) return fresh;
  const run = await table.getRun(runId);
  if (run === undefined || !isExecutionOf(run, execution)) {
    throw new RequestRefused(
      isResumed
        ? `Run ${runId} does not name execution ${executionArn}, expected the one that recovery adds to it before it starts ` +
            'it: let recovery resume the run.'
        : `Run ${runId} exists already, started ${run?.startedAt ?? 'before'}; expected a new name: start the execution under ` +
            'another.',
    );
  }
  const last = run.executionArns.at(-1);
  if (isOpen(run) && last !== executionArn) {
    throw new RequestRefused(
      `Run ${runId} goes on in execution ${last}, expected only that one to work on it: let it end, or stop it.`,
    );
  }
  return run;
}
