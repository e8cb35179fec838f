import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { plainText } from '../../lambdas/shared/plain-text.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { CleanOptions } from './clean/clean.ts';
import { type Context, exitCodes } from './context.ts';
import { cleanHelp, demoHelp, exitCodeHelp, localHelp, runHelp } from './help.ts';
import type { LocalOptions } from './local/local.ts';
import { colorsFor } from './output.ts';
import { sentenceOf } from './problem.ts';

/** Runs one command line, without the program's name in front, and gives its exit code; it never throws. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  const { output } = context;
  let exitCode: number = exitCodes.succeeded;
  const program = programFor(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const isInterruption = error instanceof Error && error.name === 'AbortError';
    if (isInterruption && context.interrupted.aborted) return exitCodes.interrupted;
    output.err.write(`${colorsFor(output.err).red('error')}: ${sentenceOf(error)}\n`);
    if (program.opts().debug && error instanceof Error) output.err.write(`${plainText(stackOf(error))}\n`);
    return exitCodes.failed;
  }
}

function programFor(context: Context, exitWith: (code: number) => void): Command {
  const { output } = context;
  const program = new Command('media-batch')
    .description('Half-price Amazon Bedrock batch analysis of the videos and images that already lie in an S3 bucket.')
    .version(manifest.version)
    .option('--debug', 'show where an error comes from')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out.write(text),
      writeErr: (text) => output.err.write(text),
      outputError: (text, write) => write(`error: ${usageSentence(text)}\n`),
    })
    .addHelpText('after', exitCodeHelp);

  program
    .command('run')
    .description('Start a run, show how it goes, and end with a table and an exit code.')
    .argument('<request.json>', 'the request; "-" reads it from stdin')
    .option('--state-machine <arn>', 'the stack to use where there are several')
    .option('--out <folder>', 'download the results into it when the run has ended')
    .addHelpText('after', runHelp)
    .action(async (file: string, options: { stateMachine?: string; out?: string }) => {
      const { run } = await import('./run/run.ts');
      exitWith(await run(file, options, context));
    });

  program
    .command('clean')
    .description('Clean up now what runs have left behind, and name what stays.')
    .option('--dry-run', 'say what would be removed, and remove nothing')
    .option('--json', 'print the summary as JSON')
    .option(
      '--results-older-than <days>',
      'remove old results too, with your own permissions',
      wholeNumberTo(36_500, 1),
    )
    .option('--state-machine <arn>', 'the stack to use where there are several')
    .addHelpText('after', cleanHelp)
    .action(async (options: CleanOptions) => {
      const { clean } = await import('./clean/clean.ts');
      exitWith(await clean(options, context));
    });

  program
    .command('local')
    .description('Run the stack on this machine and print one JSON line when it is ready.')
    .option('--port <number>', 'port on the loopback interface; 0 takes any free one', portOf, 4566)
    .option('--data <folder>', 'where its state is kept', '.local')
    .addOption(new Option('--clock <kind>', 'fast skips all waiting').choices(['fast', 'real']).default('fast'))
    .option('--scenario <file>', 'JSON that says what goes wrong with jobs, records and calls')
    .option(
      '--seed <number>',
      'makes chance repeatable; without a scenario, also a mixture of what can go wrong',
      seedOf,
    )
    .addHelpText('after', localHelp)
    .action(async (options: LocalOptions) => {
      const { local } = await import('./local/local.ts');
      exitWith(await local(options, context));
    });

  program
    .command('demo')
    .description('The main job on this machine with nothing to configure; what "npm start" runs.')
    .option(
      '--media <folder>',
      'your own videos and images instead of the sample clips; sub-folders become key prefixes',
    )
    .option('--data <folder>', 'where the results are kept, in its sub-folder "demo"', '.local')
    .option('--keep', 'keep what earlier demos left in the bucket')
    .addHelpText('after', demoHelp)
    .action(async (options: { media?: string; data: string; keep?: boolean }) => {
      const { demo } = await import('./demo/demo.ts');
      exitWith(await demo(options, context));
    });
  return program;
}

const portOf = wholeNumberTo(65_535);
const seedOf = wholeNumberTo(2 ** 32 - 1);

function wholeNumberTo(maximum: number, minimum = 0) {
  return (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) >= minimum && Number(text) <= maximum) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
  };
}

/** Commander's own message as one sentence with the way out. */
function usageSentence(text: string): string {
  const said = text
    .replace(/^error: /, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return `${said}: see "media-batch --help".`;
}

/** The stack with those of its causes; a problem's own stack says little. */
function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack;
}
