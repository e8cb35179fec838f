import type { S3Client } from '@aws-sdk/client-s3';
import { mediaStore } from '../../../lambdas/shared/aws/s3/media-store.ts';
import type { Outcome } from '../../../lambdas/shared/domain/run/outcome.ts';
import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { CommandProblem } from '../../program/problem.ts';
import { findRun } from '../aws/find-run.ts';
import type { Runs } from '../aws/runs.ts';
import { type SessionOptions, withSession } from '../aws/session.ts';
import { optional, type Row, tableOf } from '../terminal/table.ts';
import { listPlaceOf } from './download-results.ts';
import { downloadWithProgress } from './download-with-progress.ts';

/** Options of `results`. */
export interface ResultsOptions extends SessionOptions {
  out?: string;
  json?: boolean;
}

/** `media-batch results`: locates, prints or downloads the results of a run. Returns the exit code. */
export function results(named: string, { out: folder, json, ...options }: ResultsOptions, context: Context) {
  const { output } = context;
  return withSession(options, context, async ({ runs, s3 }) => {
    const outcome = await outcomeOf(await findRun(named, runs), runs);
    if (folder !== undefined) {
      if (!(await downloadWithProgress(s3, outcome, folder, context))) return exitCodes.interrupted;
      if (json) output.out.write(`${JSON.stringify({ runId: outcome.runId, folder })}\n`);
      return exitCodes.succeeded;
    }
    if (json) return printList(s3, outcome, context);
    output.out.write(tableOf(placesOf(outcome), output.out));
    return exitCodes.succeeded;
  });
}

/** @throws CommandProblem for a run that is active or whose outcome is gone */
async function outcomeOf(runId: string, runs: Pick<Runs, 'item' | 'outcome'>): Promise<Outcome> {
  const item = await runs.item(runId);
  if (item === undefined || isOpen(item)) {
    throw new CommandProblem(
      `Run ${runId} has not ended and has no results yet: watch it with "media-batch status --watch ${runId}".`,
    );
  }
  const outcome = await runs.outcome(runId);
  if (outcome !== undefined) return outcome;
  throw new CommandProblem(
    `Run ${runId} ended as ${item.status}, but clean-up has removed its outcome.json: ` +
      'its results are still in the bucket, by analysis and media key.',
  );
}

/**
 * Prints the list of a run, a line for each record, no faster than it is read. Returns the exit code.
 *
 * @throws CommandProblem if the run has no list
 */
export async function printList(
  s3: S3Client,
  outcome: Outcome,
  { output: { out }, interrupted }: Pick<Context, 'output' | 'interrupted'>,
): Promise<number> {
  if (outcome.records.submitted === 0) return exitCodes.succeeded;
  const { bucket, key } = listPlaceOf(outcome);
  for await (const line of mediaStore(s3, bucket).readLines(key)) {
    if (interrupted.aborted) return exitCodes.interrupted;
    out.write(`${line}\n`);
    if (!(await out.isRead())) break;
  }
  return exitCodes.succeeded;
}

function placesOf({ runId, status, records, ...outcome }: Outcome): Row[] {
  return [
    ['run', runId],
    ['status', status],
    ['records', `${records.succeeded} of ${records.submitted} succeeded`],
    ...optional('report', outcome.reportUri),
    ['results', outcome.resultsUri],
    ...optional('list', outcome.resultsListUri),
    ...optional('', outcome.resultsCsvUri),
    ['ledger', outcome.ledgerUri],
    ['download', `media-batch results ${runId} --out FOLDER`],
  ];
}
