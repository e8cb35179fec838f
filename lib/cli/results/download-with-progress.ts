import type { S3Client } from '@aws-sdk/client-s3';
import { countText, namesText } from '../../../lambdas/shared/text/amounts.ts';
import { type Context, isInterruption } from '../../program/context.ts';
import type { Channel } from '../../program/output.ts';
import { CommandProblem } from '../../program/problem.ts';
import { type AnswersOf, downloadResults } from './download-results.ts';

/** Without a terminal, files between two lines: a tenth of all, and at least this many. */
const minFilesPerLine = 100;

/** Keys in the message about results that are gone. */
const maxNamed = 5;

/**
 * Downloads the results of a run and shows the progress; returns false if Ctrl-C ended it early.
 *
 * @throws CommandProblem at the end if some are gone from the bucket, or when one cannot be written
 */
export async function downloadWithProgress(
  s3: S3Client,
  outcome: AnswersOf,
  folder: string,
  { output, interrupted }: Pick<Context, 'output' | 'interrupted'>,
): Promise<boolean> {
  const counter = counterOn(output.err, outcome.records.succeeded);
  try {
    const { files, gone } = await downloadResults(s3, outcome, folder, interrupted, counter.count);
    counter.end(`${countText(files, 'file')} in ${folder}\n`);
    if (gone.length > 0) throw goneProblem(gone, files, folder);
    return true;
  } catch (error) {
    counter.end('');
    if (!isInterruption(error, interrupted)) throw error;
    output.err.write(
      `Interrupted: the files in ${folder} are complete, and others are missing; the same command downloads all.\n`,
    );
    return false;
  }
}

function goneProblem(gone: readonly string[], files: number, folder: string): CommandProblem {
  return new CommandProblem(
    `${countText(gone.length, 'file')} of the run ${gone.length === 1 ? 'is' : 'are'} gone from the bucket ` +
      `(${namesText(gone, maxNamed)}): the other ${files} are in ${folder}, and ` +
      'a new run over the same media writes them again.',
  );
}

function counterOn({ isTerminal, write }: Channel, expected: number) {
  const filesPerLine = Math.max(minFilesPerLine, Math.ceil(expected / 10));
  let done = 0;
  return {
    count(): void {
      done += 1;
      if (isTerminal) write(`\r\u001b[2Kdownloading ${done} of ${Math.max(done, expected)}`);
      else if (done % filesPerLine === 0) write(`downloaded ${done} of ${Math.max(done, expected)}\n`);
    },
    end: (text: string): void => write(`${isTerminal ? '\r\u001b[2K' : ''}${text}`),
  };
}
