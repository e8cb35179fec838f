import type { Command } from 'commander';
import { type Register, wholeNumberTo, withStackOptions } from '../command-line.ts';
import type { StatusOptions } from './status.ts';

const help = `
Examples:
  $ media-batch status                        the newest runs
  $ media-batch status nightly-20261122       one run; the beginning of its ID is enough
  $ media-batch status --watch                the newest active run, until it ends
  $ media-batch status --json | jq -r '.[] | select(.status == "Failed") | .runId'

Exit codes of "status RUN": as for "run", and 0 while the run is active. Times are in UTC.
`;

/** Adds `status`. */
export const registerStatus: Register = (program, act) => {
  withStackOptions(
    program
      .command('status')
      .description('List the newest runs, or show one run.')
      .argument('[run]', 'its ID, or the beginning of it'),
  )
    .option('--watch', 'watch until the run ends, as "run" does; without a run, the newest active one')
    .option('--limit <number>', 'how many runs to list', wholeNumberTo(1000, 1), 20)
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action((run: string | undefined, _options: unknown, command: Command) =>
      act(async (context) => {
        const { status } = await import('./status.ts');
        return status(run, command.optsWithGlobals<StatusOptions>(), context);
      }),
    );
};
