import pMap from 'p-map';
import * as z from 'zod';
import { messageOf } from '../shared/domain/errors/errors.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { type RecoverRunDependencies, recoverRun } from './recover-run.ts';

/** The schedule's `{}`, or an event of Step Functions; whichever it is, all open runs are looked at. */
export const recoverRunsInputSchema = z.union([
  z.strictObject({}),
  z.looseObject({ source: z.literal('aws.states'), detail: z.looseObject({ executionArn: z.string() }) }),
]);

const standings = ['resumed', 'stopped', 'alive', 'waiting', 'stuck', 'failed'] as const;
const runIds = z.array(z.string());

/**
 * What became of the open runs: the IDs of at most 100 of each kind, and how many there are. A run that was stopped just now, or
 * failed to be recovered, may be of two kinds.
 */
export const recoverRunsOutputSchema = z.strictObject({
  resumed: runIds,
  stopped: runIds,
  alive: runIds,
  waiting: runIds,
  stuck: runIds,
  failed: runIds,
  counts: z.record(z.enum(standings), z.int().min(0)),
  /** What a person should know, a sentence each, at most 100. */
  problems: z.array(z.string()),
});
export type RecoverRunsOutput = z.infer<typeof recoverRunsOutputSchema>;

/** Some runs could not be recovered, or not be brought to their end; all others were. */
export class RecoveryIncomplete extends Error {
  override readonly name = 'RecoveryIncomplete';
}

export interface RecoverRunsDependencies extends RecoverRunDependencies {
  table: RecoverRunDependencies['table'] & Pick<RunTable, 'listOpenRuns'>;
}

const maxListed = 100;
const runsAtOnce = 4;

/**
 * Resumes every run whose execution is gone. A run that cannot be recovered hinders no other one; it is among those that failed, as is
 * one that is stuck.
 */
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
      list(recovered.standing, runId);
      if (recovered.stopped) list('stopped', runId);
      if (recovered.problems.length > 0) list('failed', runId);
      tell(...recovered.problems);
    } catch (error) {
      list('failed', runId);
      tell(`Run ${runId} could not be recovered: ${messageOf(error)}`);
    }
  }

  function list(standing: (typeof standings)[number], runId: string): void {
    output.counts[standing] += 1;
    if (output[standing].length < maxListed) output[standing].push(runId);
  }

  function tell(...problems: string[]): void {
    output.problems.push(...problems.slice(0, Math.max(0, maxListed - output.problems.length)));
  }
}

/**
 * Makes a recovery that could not look at every run, or gave one up, fail once all others are served: Lambda then repeats it within minutes, and its
 * count of errors shows what would otherwise stand in a log only.
 *
 * @throws {RecoveryIncomplete} naming the runs and why
 */
export function requireWhole({ counts, problems }: RecoverRunsOutput): void {
  if (counts.failed === 0) return;
  throw new RecoveryIncomplete(
    `${counts.failed} open runs could not be recovered or are stuck, expected none, and the next recovery looks again: ${problems.join(' ')}`,
  );
}
