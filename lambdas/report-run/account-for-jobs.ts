import type { Collected } from '../shared/domain/job/collected.ts';
import type { Job } from '../shared/domain/job/job.ts';
import {
  entryBaseOf,
  type ListedJob,
  type ListedRecords,
  readListedRecords,
} from '../shared/domain/job/job-records.ts';
import { jobLedgerKey, type KeyPrefixes } from '../shared/domain/keys.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { LedgerEntry } from '../shared/domain/record/ledger.ts';

interface AccountingDependencies {
  table: Pick<RunTable, 'finishJob' | 'getJob'>;
  store: Pick<MediaStore, 'readLines' | 'readLineBatches' | 'writeLines'>;
  prefixes: KeyPrefixes;
}

/**
 * Writes the ledger of a job without collected results: its records are missing unless they were skipped or refused.
 *
 * Results that another execution collects meanwhile win.
 */
export async function accountFor(job: Job, { table, store, prefixes }: AccountingDependencies): Promise<Job> {
  if (job.collected !== undefined) return job;
  const ledgerKey = jobLedgerKey(prefixes, job.runId, job.jobName, 'unanswered');
  const reason = `not collected: ${job.failure?.reason ?? `the job was last seen ${job.status}`}`;
  const records = await readListedRecords(job, store);
  await store.writeLines(ledgerKey, lines());
  const collected = { ...unansweredCounts(records), ...nothingCollected, ledgerKey };
  if (await table.finishJob(job, collected)) return { ...job, collected };
  return table.getJob(job);

  async function* lines(): AsyncGenerator<string> {
    for (const entry of unanswered(job.jobHash, records, reason)) yield JSON.stringify(entry);
  }
}

const nothingCollected: Omit<Collected, 'ledgerKey' | 'records' | 'skipped'> = {
  retryable: 0,
  inputTokens: 0,
  outputTokens: 0,
  outputLines: 0,
  duplicateLines: 0,
  foreignLines: 0,
  foreignFiles: [],
};

/** Yields the entries of a planned job that is not in the table, so that nothing of it was sent. */
export async function* unwrittenJobEntries(
  job: ListedJob,
  store: Pick<MediaStore, 'readLines' | 'readLineBatches'>,
): AsyncGenerator<LedgerEntry> {
  yield* unanswered(job.jobHash, await readListedRecords(job, store), 'never sent: the job was not created');
}

function* unanswered(jobHash: string, records: ListedRecords, reason: string): Generator<LedgerEntry> {
  for (let number = 1; number <= records.count; number++) {
    const base = entryBaseOf(jobHash, number, records.planned(number));
    yield { ...base, ...(records.notSent.get(number) ?? { outcome: 'missing', reason }) };
  }
}

function unansweredCounts({ count, notSent }: ListedRecords): Pick<Collected, 'records' | 'skipped'> {
  const skipped = [...notSent.values()].filter(({ outcome }) => outcome === 'skipped').length;
  const failed = notSent.size - skipped;
  return { records: { submitted: count - skipped, succeeded: 0, failed, missing: count - skipped - failed }, skipped };
}
