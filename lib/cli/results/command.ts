import type { Command } from 'commander';
import { type Register, withStackOptions } from '../command-line.ts';
import type { ResultsOptions } from './results.ts';

const help = `
Examples:
  $ media-batch results nightly-20261122                  where they are in the bucket
  $ media-batch results nightly-20261122 --out answers/   a file for each answer, the lists and the report
  $ media-batch results nightly-20261122 --json | jq -r 'select(.outcome == "succeeded") | [.key, .text] | @tsv'

--json prints a line of JSON for each record, as in the run's results.ndjson; with --out, one line that names
the folder.
`;

/** Adds `results`. */
export const registerResults: Register = (program, act) => {
  withStackOptions(
    program
      .command('results')
      .description('Show where the results of a run are, print them, or download them.')
      .argument('<run>', 'its ID, or the beginning of it'),
  )
    .option('--out <folder>', 'download them into this folder; files of the same names are replaced')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action((run: string, _options: unknown, command: Command) =>
      act(async (context) => {
        const { results } = await import('./results.ts');
        return results(run, command.optsWithGlobals<ResultsOptions>(), context);
      }),
    );
};
