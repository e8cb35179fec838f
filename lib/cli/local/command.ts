import { type Command, Option } from 'commander';
import { type Register, wholeNumberTo } from '../command-line.ts';
import type { LocalOptions } from './local.ts';

/** Examples of `local`, and the form of a scenario. */
export const localHelp = `
Examples:
  $ media-batch local
  $ media-batch local --port 0 --data /tmp/media-batch --clock real
  $ media-batch local --seed 7                      random failures, the same ones every time
  $ media-batch local --scenario bad-day.json
  $ AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws s3 cp clip.mp4 s3://BUCKET/proxies/

A scenario; every field is optional:
  {"seed": 7, "quotas": {"maxOpenJobs": 1, "perModel": {"amazon.nova-lite-v1:0": {"maxJobBytes": 5000000000}}},
   "faults": [{"operation": "CreateModelInvocationJob", "code": "ThrottlingException", "calls": 2}],
   "events": {"lose": 3},
   "jobs": [{"name": "nightly-*", "end": "Expired"}, {"records": [{"every": 10, "does": "fail", "retryable": false}]}]}
The first entry whose name matches decides what happens to a job: "end" is Completed, PartiallyCompleted, Failed,
Stopped or Expired, and a record's "does" is fail, missing, double, foreign, truncate or notJson.

Everything but the JSON line goes to stderr. Ctrl-C ends it; the state stays in the data folder.
`;

/** Adds `local`. */
export const registerLocal: Register = (program, act) => {
  program
    .command('local')
    .description('Run the stack on this machine and print one JSON line when it is ready.')
    .option('--port <number>', 'port on the loopback interface; 0 takes any free one', wholeNumberTo(65_535), 4566)
    .option('--data <folder>', 'folder of its state', '.local')
    .addOption(new Option('--clock <kind>', 'fast skips all waiting').choices(['fast', 'real']).default('fast'))
    .option('--scenario <file>', 'JSON file of failures of jobs, records and calls')
    .option(
      '--seed <number>',
      'makes random values repeatable; without a scenario, also causes a mixture of failures',
      wholeNumberTo(2 ** 32 - 1),
    )
    .addHelpText('after', localHelp)
    .action((_options: unknown, command: Command) =>
      act(async (context) => {
        const { local } = await import('./local.ts');
        return local(command.optsWithGlobals<LocalOptions>(), context);
      }),
    );
};
