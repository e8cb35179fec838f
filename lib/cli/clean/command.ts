import type { Command } from 'commander';
import { type Register, wholeNumberTo, withStackOptions } from '../command-line.ts';
import type { CleanOptions } from './clean.ts';

const help = `
Examples:
  $ media-batch clean --dry-run
  $ media-batch clean
  $ media-batch clean --results-older-than 365 --dry-run

Exit codes: 0 cleaned up, 1 failed, 2 S3 did not remove something, 130 Ctrl-C. Media are never removed.
`;

/** Adds `clean`. */
export const registerClean: Register = (program, act) => {
  withStackOptions(program.command('clean').description('Clean up now what runs left behind, and list what stays.'))
    .option('--dry-run', 'show what would be removed; remove nothing')
    .option('--json', 'print the summary as JSON')
    .option(
      '--results-older-than <days>',
      'remove old results too, with your own permissions',
      wholeNumberTo(36_500, 1),
    )
    .addHelpText('after', help)
    .action((_options: unknown, command: Command) =>
      act(async (context) => {
        const { clean } = await import('./clean.ts');
        return clean(command.optsWithGlobals<CleanOptions>(), context);
      }),
    );
};
