import type * as z from 'zod';
import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { nextCheckpoint } from '../shared/domain/checkpoint.ts';
import { JobStillRunning } from '../shared/domain/errors/errors.ts';
import { statusMeaning } from '../shared/domain/job/bedrock-status.ts';
import type { Collected } from '../shared/domain/job/collected.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { readListedRecords } from '../shared/domain/job/job-records.ts';
import { unaccountedOf } from '../shared/domain/job/unaccounted.ts';
import { foreignLinesKey, jobLedgerKey, type KeyPrefixes } from '../shared/domain/keys.ts';
import type { KnownPrice } from '../shared/domain/model/cost.ts';
import { findModel } from '../shared/domain/model/models.ts';
import { getPlan } from '../shared/domain/plan/read-plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { ResultsListLine } from '../shared/domain/run/results-list.ts';
import { resultsListParts } from '../shared/domain/run/results-list-parts.ts';
import type { collectResultsSchema } from '../shared/domain/state.ts';
import { findOutput } from './find-output.ts';
import { emptyJoin, joinLine } from './join-output.ts';
import { type EntryFacts, entryOf } from './ledger-entry.ts';
import { claimsToMark, type MarkFacts } from './mark-claims.ts';
import { missingOf } from './retryable.ts';
import { workThrough } from './work-through.ts';
import { writeResult } from './write-result.ts';

export interface CollectResultsDependencies {
  table: RunTable;
  claims: ClaimTable;
  storeOf(bucket: string): MediaStore;
  prefixes: KeyPrefixes;
  /** Says whether this turn must end; asked before each record. */
  isTimeUp(): boolean;
  log: { warn(message: string, fields: Record<string, unknown>): void };
}

/**
 * Collects a job's output: writes a result and a list line per answer, marks the claims of failures, and writes the
 * ledger.
 *
 * The output never changes once the job is over, so a further turn reads it from the start to know its answers, and
 * writes from its checkpoint on.
 *
 * @throws {JobStillRunning} while Bedrock may still run the job
 * @throws {TooManyTurns} when the job is not collected after its last turn
 */
export async function collectResults(
  { checkpoint, ...reference }: z.infer<typeof collectResultsSchema>,
  dependencies: CollectResultsDependencies,
): Promise<z.infer<typeof collectResultsSchema>> {
  const { runId, jobName } = reference;
  const earlier = checkpoint ?? { lines: 0, claims: 0 };
  const { table, claims, prefixes, isTimeUp, log } = dependencies;
  const job = await table.getJob(reference);
  if (job.collected !== undefined) return reference;
  refuseUnlessOver(job);
  const store = dependencies.storeOf(job.bucket);
  const facts = await readFacts(job, store, prefixes);
  const { records, joined, analyses, price } = facts;
  const output = await findOutput(job, store);
  const sent = { jobHash: job.jobHash, count: records.count, notSent: records.notSent };
  // Loaded here, because a collected job does not need it: the checker and repairer of JSON take longest to load.
  const { jsonReaders } = await import('./read-json.ts');
  const readers = jsonReaders(analyses);
  const parts = resultsListParts(job, earlier.lines, store, prefixes);

  const lines = output.ours === undefined ? [] : store.readLines(output.ours);
  const read = await workThrough(lines, { earlier: earlier.lines, isTimeUp }, work, parts.add);
  await parts.complete(read.count);
  if (read.isInterrupted) return again({ lines: read.count, claims: 0 });

  const marks = claimsToMark(job, facts);
  const marked = await workThrough(marks, { earlier: earlier.claims, isTimeUp }, async (mark, isDone) => {
    if (!isDone) await claims.markClaim(mark.claim, mark.outcome, mark.reason);
  });
  if (marked.isInterrupted) return again({ lines: read.count, claims: marked.count });

  const ledger = await writeLedger(job, facts, store, prefixes);
  if (joined.setAside.length > 0) {
    await store.writeLines(foreignLinesKey(prefixes, runId, jobName), joined.setAside);
  }
  const { usage, duplicateLines, foreignLines } = joined;
  const { billed, foreign: foreignFiles } = output;
  const collected: Collected = {
    ...{ ...ledger, ...usage, billed, outputLines: read.count, answers: readers.counts() },
    ...{ duplicateLines, foreignLines, foreignFiles },
  };
  const unaccounted = unaccountedOf({ ...job, collected });
  if (unaccounted !== undefined) log.warn('Tokens:Unaccounted', { jobName, ...unaccounted });
  await table.finishJob(job, collected);
  return reference;

  function again(position: typeof earlier) {
    const remedy = 'look in CloudWatch for what slows down S3 or DynamoDB';
    return { ...reference, checkpoint: nextCheckpoint(checkpoint, position, `Collecting job ${jobName}`, remedy) };
  }

  async function work(line: string, isDone: boolean): Promise<ResultsListLine | undefined> {
    const joinedLine = joinLine(line, sent, joined);
    if (joinedLine === undefined) return undefined;
    const { number, answer } = joinedLine;
    const planned = records.planned(number);
    const analysis = analyses.get(planned.analysis);
    // Also read where an earlier turn wrote it, so that the counts cover all answers.
    const json = readers.read(planned.analysis, answer.text);
    if (isDone || analysis === undefined) return undefined;
    return writeResult({ job, planned, analysis, answer, json, price }, store, prefixes);
  }
}

/** The output of a running job is incomplete, and collecting is final. */
function refuseUnlessOver({ jobName, phase, createRequest, status }: Job): void {
  const isBefore = status === 'Planned' || status === 'Waiting' || status === 'Prepared';
  if (phase === 'closed' || createRequest === undefined || (!isBefore && statusMeaning[status].over)) return;
  throw new JobStillRunning(
    `Job ${jobName} was last seen ${status}, expected its end before its results are collected.`,
  );
}

async function readFacts(
  job: Job,
  store: MediaStore,
  prefixes: KeyPrefixes,
): Promise<MarkFacts & { price: KnownPrice }> {
  const plan = await getPlan(job.runId, { store, prefixes });
  const records = await readListedRecords(job, store);
  return {
    jobHash: job.jobHash,
    records,
    joined: emptyJoin(records.count),
    missing: missingOf(job, plan.request.layout === 'auto'),
    analyses: new Map(plan.analyses.map((analysis) => [analysis.name, analysis])),
    model: findModel(job.modelId)?.model,
    retries: plan.retries,
    price: plan.price,
  };
}

/** Writes a line for each record of the job, in order, and counts them. */
async function writeLedger(
  job: Job,
  facts: EntryFacts,
  store: MediaStore,
  prefixes: KeyPrefixes,
): Promise<Pick<Collected, 'ledgerKey' | 'records' | 'skipped' | 'retryable'>> {
  const ledgerKey = jobLedgerKey(prefixes, job.runId, job.jobName, 'collected');
  const counts = { succeeded: 0, failed: 0, missing: 0, skipped: 0 };
  let retryable = 0;
  await store.writeLines(ledgerKey, lines());
  const { skipped, ...ends } = counts;
  return { ledgerKey, records: { submitted: facts.records.count - skipped, ...ends }, skipped, retryable };

  async function* lines(): AsyncGenerator<string> {
    for (let number = 1; number <= facts.records.count; number++) {
      const entry = entryOf(number, facts);
      counts[entry.outcome] += 1;
      if (entry.retryable) retryable += 1;
      yield JSON.stringify(entry);
    }
  }
}
