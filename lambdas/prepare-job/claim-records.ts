import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { recordFingerprint } from '../shared/domain/analysis/analysis.ts';
import { type Claim, claimIdOf } from '../shared/domain/claim/claim.ts';
import { claimStates } from '../shared/domain/claim/claim-states.ts';
import { JobRefused } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { entryBaseOf, type NumberedRecord, recordsOf } from '../shared/domain/job/job-records.ts';
import { jobLedgerKey, type KeyPrefixes } from '../shared/domain/keys.ts';
import { maxItemsPerRead } from '../shared/domain/limits.ts';
import type { Plan } from '../shared/domain/plan/plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { LedgerEntry } from '../shared/domain/record/ledger.ts';
import { recordIdOf } from '../shared/domain/record/record.ts';
import type { PreparePosition } from '../shared/domain/state.ts';
import { inBatches } from '../shared/text/batches.ts';
import { type ClaimRecordDependencies, claimRecord } from './claim-record.ts';
import { copyMedia } from './copy-media.ts';
import { mapAllSettled } from './map-all-settled.ts';

export interface ClaimRecordsDependencies {
  table: Pick<RunTable, 'getRun' | 'findJob' | 'getJob'>;
  claims: Pick<ClaimTable, 'readClaims' | 'writeClaim' | 'markClaim'>;
  storeOf(bucket: string): Pick<MediaStore, 'readLineBatches' | 'writeLines' | 'copyHere'>;
  prefixes: KeyPrefixes;
  /** Makes a new ID, so that no two turns write the same list. */
  newId(): string;
  isTimeUp(): boolean;
}

/**
 * Claims a job's records and copies the media that must be copied, 100 records at a time, until all are done or time is
 * up. Records that are not sent go into a ledger of the turn's own.
 */
export async function claimRecords(
  job: Job,
  plan: Plan,
  position: PreparePosition,
  dependencies: ClaimRecordsDependencies,
): Promise<PreparePosition> {
  const { storeOf, prefixes, newId, isTimeUp, claims, table } = dependencies;
  // Prebuilt records are sent unchanged: they have no claims, and their media stay in place.
  if (plan.request.records !== undefined) return { ...position, claimed: job.records };
  const media = storeOf(job.bucket);
  const deciding = {
    ...{ claims, stateOf: claimStates(table) },
    newOnly: plan.request.media?.newOnly === true,
    isRetry: plan.request.retryOf !== undefined,
  };
  const toClaim = claimMaker(job, plan);
  const notSent: string[] = [];
  const addEntry = (record: NumberedRecord, outcome: 'skipped' | 'failed', reason: string): void => {
    const entry: LedgerEntry = { ...entryBaseOf(job.jobHash, record.number, record), outcome, reason };
    notSent.push(JSON.stringify(entry));
  };
  let { claimed } = position;
  for await (const records of inBatches(recordsOf(job, media, claimed), maxItemsPerRead)) {
    const skipped = await claimAll(records.map(toClaim), deciding);
    const ours = records.filter((_, at) => skipped[at] === undefined);
    const uncopied = await copyMedia(job, ours, storeOf(job.inputBucket));
    for (const [at, record] of records.entries()) {
      const [skip, failure] = [skipped[at], uncopied.get(record.key)];
      if (skip !== undefined) addEntry(record, 'skipped', skip);
      else if (failure !== undefined) {
        // It was not sent, so any run may claim it again.
        await claims.markClaim(toClaim(record), 'open', failure);
        addEntry(record, 'failed', failure);
      }
    }
    claimed += records.length;
    if (isTimeUp()) break;
  }
  if (notSent.length === 0) return { ...position, claimed };
  const ledgerKey = jobLedgerKey(prefixes, job.runId, job.jobName, `prepared-${position.claimed + 1}-${newId()}`);
  await media.writeLines(ledgerKey, notSent);
  return { ...position, claimed, ledgerKeys: [...position.ledgerKeys, ledgerKey] };
}

/** Returns per claim why it is left to another run; undefined where it is ours. */
async function claimAll(all: readonly Claim[], dependencies: ClaimRecordDependencies): Promise<(string | undefined)[]> {
  const held = await dependencies.claims.readClaims(all);
  return mapAllSettled(all, (claim) => claimRecord(claim, held.get(claimIdOf(claim)), dependencies));
}

/** Makes the claims of a job's records. */
export function claimMaker(
  { bucket, runId, jobName, jobHash }: Job,
  { analyses }: Plan,
): (record: NumberedRecord) => Claim {
  const byName = new Map(analyses.map((analysis) => [analysis.name, analysis]));
  return (record) => {
    const { key, etag, number } = record;
    const recordId = recordIdOf(jobHash, number);
    const analysis = byName.get(record.analysis);
    if (analysis === undefined) {
      throw new JobRefused(`Record ${recordId} asks ${record.analysis}, which the plan lacks.`);
    }
    return { bucket, key, fingerprint: recordFingerprint(analysis, record), etag, runId, jobName, recordId };
  };
}
