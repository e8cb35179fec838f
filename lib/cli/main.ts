import { Command, CommanderError } from 'commander';
import { plainText } from '../../lambdas/shared/text/plain-text.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type Context, exitCodes, isInterruption } from '../program/context.ts';
import { colorsFor } from '../program/output.ts';
import { sentenceOf } from '../program/problem.ts';
import { registerClean } from './clean/command.ts';
import type { Register } from './command-line.ts';
import { registerDemo } from './demo/command.ts';
import { registerLocal } from './local/command.ts';
import { registerResults } from './results/command.ts';
import { registerRun } from './run/command.ts';
import { registerStatus } from './status/command.ts';
import { registerStop } from './stop/command.ts';

const commands: readonly Register[] = [
  ...[registerRun, registerStatus, registerResults, registerStop],
  ...[registerClean, registerLocal, registerDemo],
];

const help = `
Exit codes: 0 every record succeeded, nothing to do, or a dry run; 1 refused or failed; 2 some records failed or are
missing; 3 stopped by a user; 130 Ctrl-C.
AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE and SSO work as in every AWS tool.
`;

/** Runs one command line, without the program's name in front, and gives its exit code; it never throws. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  const { output, interrupted } = context;
  let exitCode: number = exitCodes.succeeded;
  const program = programFor(context);
  for (const register of commands) {
    register(program, async (work) => {
      exitCode = await work(context);
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (isInterruption(error, interrupted)) return exitCodes.interrupted;
    output.err.write(`${colorsFor(output.err).red('error')}: ${sentenceOf(error)}\n`);
    if (program.opts().debug && error instanceof Error) output.err.write(`${plainText(stackOf(error))}\n`);
    return exitCodes.failed;
  }
}

/** The program without its commands. Global options are accepted before and after a command. */
function programFor({ output }: Context): Command {
  return new Command('media-batch')
    .description('Half-price Amazon Bedrock batch analysis of the videos and images that are already in an S3 bucket.')
    .version(manifest.version)
    .option('--profile <name>', 'the AWS profile to use, as AWS_PROFILE')
    .option('--region <region>', 'the AWS Region to use, as AWS_REGION')
    .option('--debug', 'show the stack trace of an error')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out.write(text),
      writeErr: (text) => output.err.write(text),
      outputError: (text, write) => write(`error: ${usageSentence(text)}\n`),
    })
    .addHelpText('after', help);
}

/** Commander's own message as one sentence with the fix. */
function usageSentence(text: string): string {
  const said = text
    .replace(/^error: /, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return `${said}: see "media-batch --help".`;
}

/** The stack trace, with those of its causes. */
function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack;
}
