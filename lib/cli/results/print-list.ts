import type { S3Client } from '@aws-sdk/client-s3';
import { mediaStore } from '../../../lambdas/shared/aws/s3/media-store.ts';
import type { Outcome } from '../../../lambdas/shared/domain/run/outcome.ts';
import { type Context, exitCodes } from '../terminal/context.ts';
import { CommandProblem } from '../terminal/problem.ts';
import { placeOf } from './download-results.ts';

/**
 * Prints the list of a run as it lies in the bucket, a line for each record, no faster than it is read. Gives the exit code.
 *
 * @throws CommandProblem where the run has no list
 */
export async function printList(
  s3: S3Client,
  { runId, resultsListUri, records }: Pick<Outcome, 'runId' | 'resultsListUri' | 'records'>,
  { output: { out }, interrupted }: Pick<Context, 'output' | 'interrupted'>,
): Promise<number> {
  if (resultsListUri === undefined) {
    if (records.submitted === 0) return exitCodes.succeeded;
    throw new CommandProblem(
      `Run ${runId} has no list of its results, which versions before this one did not write: download them with --out.`,
    );
  }
  const { bucket, key } = placeOf(resultsListUri);
  for await (const line of mediaStore(s3, bucket).readLines(key)) {
    if (interrupted.aborted) return exitCodes.interrupted;
    out.write(`${line}\n`);
    if (!(await out.isRead())) break;
  }
  return exitCodes.succeeded;
}
