import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { exitCodes } from '../program/context.ts';
import { colorsFor } from '../program/output.ts';
import { sentenceOf } from '../program/problem.ts';
import { questions } from './questions/all.ts';
import { type VerifyContext, verify } from './verify.ts';

const help = `
Questions:
${questions.map(({ number, asks }) => `  ${number}  ${asks}`).join('\n')}

Examples:
  $ npm run verify:aws
  $ npm run verify:aws -- --only 1,3 --region eu-central-1
  $ AWS_ENDPOINT_URL=http://127.0.0.1:4566 npm run verify:aws -- --yes --folder-gb 0.01    against "media-batch local"

Before it creates anything, it shows what it creates and the maximum cost, and asks. Ctrl-C removes what was created.
Exit codes: 0 every question has an answer, 1 one has none or nothing was asked, 130 Ctrl-C.
AWS_REGION, AWS_PROFILE and SSO work as in every AWS tool; the Region must be bootstrapped ("npx cdk bootstrap").
`;

/** Runs one command line, without the program's name in front, and gives its exit code; it never throws. */
export async function verifyCommand(args: readonly string[], context: VerifyContext): Promise<number> {
  const { output } = context;
  let exitCode: number = exitCodes.succeeded;
  const program = new Command('verify:aws')
    .description("Checks on a real account what AWS's documentation leaves open, with the smallest possible jobs.")
    .option('-y, --yes', 'do not ask before anything is created')
    .option('--only <numbers>', 'the questions to ask, separated by commas', numbersOf)
    .option('--region <region>', 'default: that of the environment or profile')
    .option('--model <id>', 'model or inference profile; default: Nova Lite')
    .option('--media <file>', 'an .mp4 in place of the sample clip')
    .option('--folder-gb <number>', 'size of the folder of question 3', gigabytesOf, 6)
    .option('--keep', 'keep the stack and the objects')
    .addHelpText('after', help)
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.out.write(text), writeErr: (text) => output.err.write(text) })
    .action(async (options) => {
      exitCode = await verify(options, context);
    });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    output.err.write(`${colorsFor(output.err).red('error')}: ${sentenceOf(error)}\n`);
    return exitCodes.failed;
  }
}

function numbersOf(text: string): number[] {
  const known = questions.map(({ number }) => String(number));
  const given = text.split(',');
  if (given.every((number) => known.includes(number))) return given.map(Number);
  throw new InvalidArgumentError(`Expected some of ${known.join(',')}.`);
}

/** The larger of the two quotas that question 3 compares is 100 GB. */
function gigabytesOf(text: string): number {
  if (Number(text) > 0 && Number(text) <= 90) return Number(text);
  throw new InvalidArgumentError('Expected more than 0 and at most 90.');
}
