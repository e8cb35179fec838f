import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyCommand } from '../../../lib/verify-aws/command.ts';
import { runCdk } from '../../../lib/verify-aws/stack.ts';
import { capturedContext } from '../cli/captured-context.ts';
import { runNode } from '../cli/child.ts';

/** Runs a command line that must not get as far as asking anybody. */
async function refused(...args: string[]) {
  const { context, written } = capturedContext({ environment: { AWS_REGION: 'us-east-1' } });
  const runCdk = () => Promise.reject(new Error('The CDK was not to be asked.'));
  const exitCode = await verifyCommand(args, { ...context, now: Date.now, runCdk, answersFile: '/nowhere/at/all' });
  return { exitCode, ...written };
}

describe('the command line of verify:aws', () => {
  it.each([
    [['--only', '1,9'], "'1,9' is invalid. Expected some of 0,1,2,3,4,5,6,7."],
    [['--only', ''], "'' is invalid"],
    [['--folder-gb', '0'], 'Expected more than 0 and at most 90.'],
    [['--folder-gb', '91'], 'Expected more than 0 and at most 90.'],
    [['--folder-gb', 'much'], 'Expected more than 0 and at most 90.'],
    [['--unknown'], "unknown option '--unknown'"],
    [['--yes', '--model', 'nova'], 'error: The model is nova, expected one of us.amazon.nova-lite-v1:0, '],
    [
      ['--yes', '--region', 'eu-central-1', '--model', 'us.amazon.nova-lite-v1:0'],
      'expected one of eu.amazon.nova-lite-v1:0',
    ],
    [
      ['--yes', '--media', '/no/such.mp4'],
      'error: /no/such.mp4 cannot be read, expected an .mp4: name another with --media.',
    ],
  ])('refuses %j', async (args, sentence) => {
    const { exitCode, out, err } = await refused(...args);

    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toContain(sentence);
  });

  it('shows with --help what it asks, how to call it, and its exit codes', async () => {
    const { exitCode, out } = await runNode([join(import.meta.dirname, '../../../lib/verify-aws/main.ts'), '--help']);

    expect(exitCode).toBe(0);
    for (const part of ['--folder-gb', '$ npm run verify:aws -- --only 1,3', '  7  Does the Step', 'Exit codes: 0']) {
      expect(out).toContain(part);
    }
  });

  it('finds the CDK of this project, and reports its failure', async () => {
    const failing = runCdk(['no-such-command'], process.env);

    await expect(failing).rejects.toThrow(/"cdk no-such-command MediaBatchVerify" ended with 1/);
  });
});
