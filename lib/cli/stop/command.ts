import type { Command } from 'commander';
import { type Register, withStackOptions } from '../command-line.ts';
import type { StopOptions } from './stop.ts';

const help = `
Examples:
  $ media-batch stop nightly-20261122
  $ media-batch stop nightly-20261122 --yes --wait

Nothing more is sent. The jobs at Bedrock are stopped within about half an hour; their answers so far are saved and
paid for. "media-batch run --retry RUN" sends the rest later.
Exit codes: 0 stopped, or it had ended or was being stopped already, 1 not stopped, 130 Ctrl-C.
`;

/** Adds `stop`. */
export const registerStop: Register = (program, act) => {
  withStackOptions(
    program.command('stop').description('Stop a run for good.').argument('<run>', 'its ID, or the beginning of it'),
  )
    .option('-y, --yes', 'do not ask')
    .option('--wait', 'wait until the run has ended, and show its outcome')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action((run: string, _options: unknown, command: Command) =>
      act(async (context) => {
        const { stop } = await import('./stop.ts');
        return stop(run, command.optsWithGlobals<StopOptions>(), context);
      }),
    );
};
