import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseS3Uri } from '../../lambdas/shared/domain/keys.ts';
import { browserForTests } from '../support/browser.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

const browser = browserForTests();
const folder = mkdtempSync(join(tmpdir(), 'media-batch-report-'));
let stack: LocalStack;

beforeAll(async () => {
  const scenario = {
    records: [{ every: 4, does: 'fail' as const, errorCode: 400, errorMessage: 'No.', retryable: false }],
  };
  stack = await startLocalStack({ scenario: () => scenario });
  await stack.putClips();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stack.close();
});

it('shows the run as it was, out of the bucket that the deployed function wrote it to', async () => {
  const analyses = ['summary', { name: 'mood', prompt: 'What is the mood of {{filename}}?' }];
  const outcome = outcomeOf(await stack.run({ media: { prefixes: ['proxies/'] }, analyses, retries: 0 }, 'looked-at'));
  const file = join(folder, 'report.html');
  writeFileSync(file, await stack.readText(parseS3Uri(outcome.reportUri ?? '')?.key ?? ''));

  const { page, complaints } = await browser.open(pathToFileURL(file).href);

  const { submitted, succeeded, failed } = outcome.records;
  expect(failed).toBeGreaterThan(0);
  expect(await page.getByText('The answers are simulated.').isVisible()).toBe(true);
  expect(await page.locator('.lead').textContent()).toContain(`${succeeded} of ${submitted} records`);
  expect(await page.locator('#count').textContent()).toBe(`1 to ${submitted} of ${submitted}`);
  expect(await page.locator('#rows tbody tr').first().textContent()).toContain('failed');
  expect(await page.locator('#rows').textContent()).toContain('no model has seen this');
  expect(await page.locator('#failures').textContent()).toContain('400: No.');
  // What the table of jobs says comes from the history that the steps wrote.
  expect(await page.locator('#jobs').textContent()).toMatch(/In Bedrock's queue[\s\S]*Running/);
  expect(complaints).toEqual([]);
});
