import { expect, it } from 'vitest';
import * as z from 'zod';
import { main } from '../../lib/cli/main.ts';
import { capturedContext } from '../lib/cli/captured-context.ts';
import { startLocalStack } from '../support/local-stack.ts';
import { templateWithoutRecovery } from '../support/template.ts';

const dayMs = 24 * 3600 * 1000;
const oldResult = 'nova/batch/results/summary/proxies/old.mp4.json';
const youngResult = 'nova/batch/results/summary/proxies/young.mp4.json';
const summarySchema = z.object({
  removed: z.record(z.string(), z.int()),
  results: z.object({ removed: z.int() }).optional(),
});

it('cleans up by hand: a dry run removes nothing, and results go only when they are asked for by their age', async () => {
  const stack = await startLocalStack({ templateFile: templateWithoutRecovery() });
  const clean = async (...args: string[]) => {
    const { context, written } = capturedContext({ environment: { AWS_ENDPOINT_URL: stack.aws.endpoint } });
    const exitCode = await main(['clean', '--json', ...args], context);
    expect(written.err).toBe('');
    expect(exitCode).toBe(0);
    return summarySchema.parse(JSON.parse(written.out));
  };
  await stack.put(oldResult, '{}', 'application/json');
  await stack.put('proxies/old.mp4', 'x');
  await stack.aws.clock.sleep(100 * dayMs);
  await stack.put(youngResult, '{}', 'application/json');
  await stack.put('nova/batch/input/old.txt', 'x', 'text/plain');
  await stack.aws.clock.sleep(30 * dayMs + 1000);
  const before = await stack.keys();

  const dry = await clean('--dry-run', '--results-older-than', '90');
  expect(dry).toMatchObject({ removed: { oldInputs: 1 }, results: { removed: 1 } });
  expect(await stack.keys()).toEqual(before);

  const usual = await clean();
  expect(usual).toMatchObject({ removed: { oldInputs: 1 } });
  expect(usual.results).toBeUndefined();
  expect(await stack.keys()).toEqual([youngResult, oldResult, 'proxies/old.mp4'].sort());

  expect(await clean('--results-older-than', '90')).toMatchObject({ results: { removed: 1 } });
  expect(await stack.keys()).toEqual([youngResult, 'proxies/old.mp4']);
  await stack.close();
});
