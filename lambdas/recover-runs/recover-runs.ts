import pMap from 'p-map';
import * as z from 'zod';
import { messageOf } from '../shared/domain/errors/errors.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { Invocation } from '../shared/runtime/step-handler.ts';
import { type RecoverRunDependencies, recoverRun } from './recover-run.ts';

/** The schedule's `{}`, or an event of Step Functions; both recover all open runs. */
export const recoverRunsInputSchema = z.union([
  z.strictObject({}),
  z.looseObject({ source: z.literal('aws.states'), detail: z.looseObject({ executionArn: z.string() }) }),
]);

const runStates = ['resumed', 'stopped', 'alive', 'waiting', 'stuck', 'failed'] as const;
const runIds = z.array(z.string());

/** The open runs by state: the first 100 run IDs of each, and the count of all. A run may have two states. */
export const recoverRunsOutputSchema = z.strictObject({
  resumed: runIds,
  stopped: runIds,
  alive: runIds,
  waiting: runIds,
  stuck: runIds,
  failed: runIds,
  counts: z.record(z.enum(runStates), z.int().min(0)),
  /** One sentence each, at most 100. */
  problems: z.array(z.string()),
});
export type RecoverRunsOutput = z.infer<typeof recoverRunsOutputSchema>;

/** Some runs are stuck or could not be recovered; all others were recovered. */
export class RecoveryIncomplete extends Error {
  override readonly name = 'RecoveryIncomplete';
}

export interface RecoverRunsDependencies extends RecoverRunDependencies {
  table: RecoverRunDependencies['table'] & Pick<RunTable, 'listOpenRuns'>;
}

const maxListed = 100;
const runsAtOnce = 4;

/** Resumes every run whose execution is gone. Stuck and unrecoverable runs count as failed and block no other run. */
export async function recoverRuns(dependencies: RecoverRunsDependencies): Promise<RecoverRunsOutput> {
  const output: RecoverRunsOutput = {
    ...{ resumed: [], stopped: [], alive: [], waiting: [], stuck: [], failed: [], problems: [] },
    counts: { resumed: 0, stopped: 0, alive: 0, waiting: 0, stuck: 0, failed: 0 },
  };
  await pMap(await dependencies.table.listOpenRuns(), recover, { concurrency: runsAtOnce });
  return output;

  async function recover(runId: string): Promise<void> {
    try {
      const recovered = await recoverRun(runId, dependencies);
      if (recovered === undefined) return;
      list(recovered.state, runId);
      if (recovered.stopped) list('stopped', runId);
      if (recovered.problems.length > 0) list('failed', runId);
      report(...recovered.problems);
    } catch (error) {
      list('failed', runId);
      report(`Run ${runId} could not be recovered: ${messageOf(error)}`);
    }
  }

  function list(state: (typeof runStates)[number], runId: string): void {
    output.counts[state] += 1;
    if (output[state].length < maxListed) output[state].push(runId);
  }

  function report(...problems: string[]): void {
    output.problems.push(...problems.slice(0, Math.max(0, maxListed - output.problems.length)));
  }
}

/**
 * Fails the recovery after all runs were tried, so that Lambda repeats it within minutes and its error metric shows it.
 *
 * @throws {RecoveryIncomplete} naming the runs and why
 */
export function requireAllRecovered({ counts, problems }: RecoverRunsOutput): void {
  if (counts.failed === 0) return;
  throw new RecoveryIncomplete(
    `${counts.failed} open runs could not be recovered or are stuck, and the next recovery tries again: ${problems.join(' ')}`,
  );
}

/** Logs a line for each recovered run and one for the whole recovery. */
export function logRecovery(summary: RecoverRunsOutput, log: Pick<Invocation['log'], 'info' | 'warn'>): void {
  const { resumed, stopped, waiting, stuck, failed, counts, problems } = summary;
  for (const [state, runIds] of Object.entries({ resumed, stopped, waiting })) {
    for (const runId of runIds) log.info('Run:Recovered', { runId, state });
  }
  for (const [state, runIds] of Object.entries({ stuck, failed })) {
    for (const runId of runIds) log.warn('Run:Recovered', { runId, state });
  }
  log.info('Recovery:Ended', { counts, problems });
}
