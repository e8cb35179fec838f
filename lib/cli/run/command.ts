import { type Command, InvalidArgumentError } from 'commander';
import { gather, type Register, wholeNumberTo, withStackOptions } from '../command-line.ts';
import type { RunOptions } from './run.ts';

const help = `
A flag overrides the same field of the request file; with flags alone no file is needed.

Examples:
  $ media-batch run --prefix proxies/ --analysis summary --analysis chapters
  $ media-batch run --prefix photos/ --ask "Which animals are in this picture?" --ask-name animals
  $ media-batch run --prefix proxies/ --dry-run             what it would cost; nothing is sent
  $ media-batch run --prefix proxies/ --new-only --max-cost 20 --out answers/
  $ media-batch run request.json --model us.amazon.nova-pro-v1:0
  $ media-batch run --retry nightly-20261122                sends again what failed or is missing
  $ echo '{"media":{"prefixes":["proxies/"]}}' | media-batch run - --json | jq .status
  $ AWS_ENDPOINT_URL=http://127.0.0.1:4566 media-batch run --prefix proxies/    against "media-batch local"

Ctrl-C stops watching and prints how to watch again; the run continues. A second Ctrl-C asks whether to stop the run.
`;

/** Adds `run`. */
export const registerRun: Register = (program, act) => {
  withStackOptions(
    program
      .command('run')
      .description('Start a run, show its progress, and end with a table and an exit code.')
      .argument('[request.json]', 'the request; "-" reads it from stdin'),
  )
    .option('--prefix <prefix>', 'analyse all media under this prefix; may be repeated', gather)
    .option('--key <key>', 'analyse this object; may be repeated', gather)
    .option('--manifest <key>', 'analyse the media listed in a .csv or .ndjson of the bucket')
    .option('--include <glob>', 'of the media under prefixes, only these; may be repeated', gather)
    .option('--exclude <glob>', 'of the media under prefixes, not these; may be repeated', gather)
    .option('--new-only', 'skip what a run has answered, is asking, or saw fail for good')
    .option('--analysis <name>', 'summary, chapters, … (default: summary); may be repeated', gather)
    .option('--ask <question>', 'your own question about each file')
    .option('--ask-name <name>', 'the name of its results (default: question)')
    .option('--model <id>', 'one of the models that the stack was deployed for')
    .option('--layout <layout>', 'root, staged or auto')
    .option('--name <name>', 'name of the run and its jobs')
    .option('--max-cost <usd>', 'refuse the run if it could cost more', usdOf)
    .option('--retries <number>', 'further attempts for retryable failures', wholeNumberTo(100))
    .option('--dry-run', 'plan and estimate; send nothing')
    .option('--retry <run>', 'send again what failed or is missing in that run, with the same questions')
    .option('--out <folder>', 'download the results into this folder at the end')
    .option('--detach', 'start the run, print its ID and do not wait')
    .option('--json', 'print the outcome as one line of JSON')
    .addHelpText('after', help)
    .action((file: string | undefined, _options: unknown, command: Command) =>
      act(async (context) => {
        const { run } = await import('./run.ts');
        return run(file, command.optsWithGlobals<RunOptions>(), context);
      }),
    );
};

function usdOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected an amount of USD above 0, such as 12.50.');
}
