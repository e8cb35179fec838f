import type * as z from 'zod';
import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { nextCheckpoint } from '../shared/domain/checkpoint.ts';
import { JobRefused } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { historyWith } from '../shared/domain/job/job-history.ts';
import { mayStillBePrepared } from '../shared/domain/job/job-liveness.ts';
import { getPlan } from '../shared/domain/plan/read-plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type {
  PrepareCheckpoint,
  PreparePosition,
  prepareJobInputSchema,
  prepareJobOutputSchema,
} from '../shared/domain/state.ts';
import { type ClaimRecordsDependencies, claimRecords } from './claim-records.ts';
import { type DecideSendingDependencies, decideSending, refuseBelowMinimum } from './decide-sending.ts';
import { type ScanInputFolderDependencies, scanInputFolder } from './scan-input-folder.ts';
import { historyOnceFree, type TakeLockDependencies, takeLock } from './take-lock.ts';
import { type WriteInputDependencies, writeInput } from './write-input.ts';

export interface PrepareJobDependencies
  extends TakeLockDependencies,
    ClaimRecordsDependencies,
    ScanInputFolderDependencies,
    DecideSendingDependencies,
    WriteInputDependencies {
  table: RunTable;
  claims: ClaimTable;
  storeOf(bucket: string): MediaStore;
}

type Input = z.infer<typeof prepareJobInputSchema>;
type Output = z.infer<typeof prepareJobOutputSchema>;

/**
 * Prepares a job's input: at the root of the bucket, under its lock, or in a folder of its own. A repeat does what is
 * missing.
 *
 * @throws {FolderBusy} while another job owns the lock
 * @throws {JobRefused} when a foreign `.jsonl` is in the bucket, the run was stopped by a user, or too few records are
 * left
 * @throws {TooManyTurns} when the job is not prepared after its last turn
 */
export async function prepareJob(input: Input, dependencies: PrepareJobDependencies): Promise<Output> {
  const { executionArn, checkpoint, ...reference } = input;
  const { table, now, newId } = dependencies;
  const job = await table.getJob(reference);
  if (job.phase !== 'open') return { ...reference, next: 'settle' };
  // A redrive comes here although Bedrock has the job; nothing is left to prepare.
  if (job.batchJobArn !== undefined) return { ...reference, next: 'start' };
  if (job.stopRequested) throw new JobRefused(`Job ${job.jobName} is not sent: its run was stopped by a user.`);

  // Written first, so that writes of this turn, or of a lost one before it, are expected if its end is not seen.
  const preparing = { turn: newId(), since: new Date(now()).toISOString() };
  const lost = mayStillBePrepared(job, now()) ? job.preparing : undefined;
  if (!(await table.updateUnmadeJob(reference, { preparing, executionArn }))) return prepareJob(input, dependencies);
  try {
    return { ...reference, ...(await takeTurn(job, { executionArn, checkpoint }, dependencies)) };
  } finally {
    await table.endTurn(reference, preparing.turn, lost);
  }
}

/** Takes the lock, claims and copies, decides, scans the folder, writes the input. */
async function takeTurn(
  job: Job,
  { executionArn, checkpoint }: Pick<Input, 'executionArn' | 'checkpoint'>,
  dependencies: PrepareJobDependencies,
): Promise<{ next: 'start' | 'settle' } | { checkpoint: PrepareCheckpoint }> {
  const { table, isTimeUp, now } = dependencies;
  const again = (position: PreparePosition) => {
    const remedy = 'divide the request into several with fewer records';
    return { checkpoint: nextCheckpoint(checkpoint, position, `Preparing job ${job.jobName}`, remedy) };
  };
  const fence = job.layout === 'root' ? await takeLock(job, executionArn, dependencies) : undefined;
  const history = historyOnceFree(job, now());
  const plan = await getPlan(job.runId, { store: dependencies.storeOf(job.bucket), prefixes: dependencies.prefixes });
  let position: PreparePosition = checkpoint ?? { claimed: 0, ledgerKeys: [] };
  if (job.prepared === undefined && position.claimed < job.records) {
    position = await claimRecords(job, plan, position, dependencies);
    if (position.claimed < job.records || isTimeUp()) return again(position);
  }
  // Written before anything can refuse the job, so that its ledger has the records left to another run.
  const prepared = job.prepared ?? (await decideSending(job, plan, position.ledgerKeys, dependencies));
  if (prepared.sent === 0) return { next: 'settle' };
  refuseBelowMinimum(job, plan, prepared);
  if (job.layout === 'root') {
    const { lastKey, isComplete } = await scanInputFolder(job, position.lastKey, dependencies);
    // The input is written within one turn, so it gets a whole one.
    const isLate = isTimeUp() && lastKey !== position.lastKey;
    if (!isComplete || isLate) return again({ ...position, lastKey });
  }
  await writeInput(job, plan, prepared, fence, dependencies);
  const preparedAt = new Date(now()).toISOString();
  await table.updateUnmadeJob(job, {
    status: 'Prepared',
    history: historyWith({ history }, { status: 'Prepared', at: preparedAt }),
  });
  return { next: 'start' };
}
