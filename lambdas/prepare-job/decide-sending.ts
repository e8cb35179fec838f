import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { JobRefused } from '../shared/domain/errors/errors.ts';
import type { Prepared } from '../shared/domain/job/collected.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { readNotSent, recordsOf } from '../shared/domain/job/job-records.ts';
import { defaultJobQuotas } from '../shared/domain/limits.ts';
import { findModel, type ModelQuotas, quotasOf } from '../shared/domain/model/models.ts';
import type { Plan } from '../shared/domain/plan/plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { claimMaker } from './claim-records.ts';

export interface DecideSendingDependencies {
  table: Pick<RunTable, 'setPrepared' | 'getJob'>;
  claims: Pick<ClaimTable, 'markClaim'>;
  storeOf(bucket: string): Pick<MediaStore, 'readLines' | 'readLineBatches'>;
  modelQuotas: ModelQuotas;
}

/**
 * Decides once which records of a job are sent, and how much padding lifts it to the model's minimum. An earlier turn's
 * decision counts.
 */
export async function decideSending(
  job: Job,
  plan: Plan,
  ledgerKeys: string[],
  { table, claims, storeOf, modelQuotas }: DecideSendingDependencies,
): Promise<Prepared> {
  const store = storeOf(job.bucket);
  const notSent = await readNotSent(job, ledgerKeys, store);
  const sent = job.records - notSent.size;
  const missing = Math.max(0, minimumOf(job.modelId, modelQuotas) - sent);
  const paddingRecords = sent === 0 ? 0 : missing;
  if (await table.setPrepared(job, { ledgerKeys, sent, paddingRecords })) return { ledgerKeys, sent, paddingRecords };
  const { prepared } = await table.getJob(job);
  if (prepared === undefined) throw new JobRefused(`Job ${job.jobName} is gone from the table.`);
  await unclaim(await readNotSent(job, prepared.ledgerKeys, store));
  return prepared;

  /** Records that this turn claimed and the other does not send must not look answered by this job. */
  async function unclaim(others: ReadonlyMap<number, unknown>): Promise<void> {
    const toClaim = claimMaker(job, plan);
    for await (const record of recordsOf(job, store)) {
      if (!others.has(record.number) || notSent.has(record.number)) continue;
      await claims.markClaim(toClaim(record), 'open', 'another turn of the same job left it to another run');
    }
  }
}

/** @throws {JobRefused} when fewer records than the minimum are left and the request forbids padding */
export function refuseBelowMinimum(job: Job, plan: Plan, { sent, paddingRecords }: Prepared): void {
  if (paddingRecords === 0 || plan.request.belowMinimum !== 'fail') return;
  throw new JobRefused(
    `Job ${job.jobName} has ${sent} records left of ${job.records}, expected at least ${sent + paddingRecords} with "belowMinimum": ` +
      '"fail": leave that out of the request, so that the job is padded.',
  );
}

function minimumOf(modelId: string, overrides: ModelQuotas): number {
  const found = findModel(modelId);
  return (found ? quotasOf(modelId, found.model, overrides) : defaultJobQuotas).minRecordsPerJob;
}
