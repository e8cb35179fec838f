import type { Register } from '../command-line.ts';
import type { DemoOptions } from './demo.ts';

const help = `
Examples:
  $ npm start
  $ npm start -- --media ~/Videos

The answers are simulated, from what can be read in the files; nothing leaves this machine.
`;

/** Adds `demo`. */
export const registerDemo: Register = (program, act) => {
  program
    .command('demo')
    .description('Analyse sample clips on this machine, with nothing to configure; "npm start" runs this.')
    .option(
      '--media <folder>',
      'your own videos and images instead of the sample clips; sub-folders become key prefixes',
    )
    .option('--data <folder>', 'folder of the results, in its sub-folder "demo"', '.local')
    .option('--keep', 'keep what earlier demos left in the bucket')
    .addHelpText('after', help)
    .action((options: DemoOptions) =>
      act(async (context) => {
        const { demo } = await import('./demo.ts');
        return demo(options, context);
      }),
    );
};
