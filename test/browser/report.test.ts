import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { besideResults } from '../../lambdas/shared/domain/run/report-links.ts';
import { browserForTests } from '../support/browser.ts';
import { aListLine, type GivenReport, sampleLines, sampleReport } from '../support/sample-report.ts';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const axeResultSchema = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});

const folder = mkdtempSync(join(tmpdir(), 'media-batch-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const browser = browserForTests();
let files = 0;

function fileOf(html: string): string {
  const path = join(folder, `${++files}.html`);
  writeFileSync(path, html);
  return pathToFileURL(path).href;
}

async function opened(given: GivenReport = {}, options: Parameters<typeof browser.open>[1] = {}) {
  const { html } = await sampleReport(given);
  return browser.open(fileOf(html), options);
}

const rowsOf = (page: Page) => page.locator('#rows tbody tr');
const keysOf = (page: Page) => page.locator('#rows tbody th > bdi').allTextContents();
const count = (page: Page) => page.locator('#count').textContent();

describe("the report's page", () => {
  it('shows what has no answer first, a page at a time', async () => {
    const { page, complaints } = await opened();

    expect(await count(page)).toBe('1 to 50 of 2,400');
    expect(await rowsOf(page).count()).toBe(50);
    expect(await rowsOf(page).first().textContent()).toContain('missing');
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await count(page)).toBe('51 to 100 of 2,400');
    expect(await page.locator('#page').textContent()).toBe('Page 2 of 48');
    await page.getByRole('button', { name: 'Previous' }).click();
    expect(await page.getByRole('button', { name: 'Previous' }).isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['a name', 'c0123', 2],
    ['an answer', 'ANSWER 77:', 2],
    ['a reason', 'could not be decoded', 3],
    ['an analysis', 'chapters', 1200],
    ['nothing that is there', 'no such thing', 0],
  ])('searches for %s', async (_what, text, expected) => {
    const { page, complaints } = await opened();

    await page.getByLabel('Search').fill(text);

    expect(await count(page)).toBe(
      expected === 0
        ? 'No record matches.'
        : `1 to ${Math.min(50, expected)} of ${expected.toLocaleString('en-US')} that match, 2,400 in all`,
    );
    expect(complaints).toEqual([]);
  });

  it('filters by outcome and analysis, together with the search', async () => {
    const { page } = await opened();

    await page.getByLabel('Outcome').selectOption('failed');
    expect(await count(page)).toContain('of 3 that match');
    await page.getByRole('combobox', { name: 'Analysis' }).selectOption('summary');
    expect(await count(page)).toBe('No record matches.');
    await page.getByLabel('Outcome').selectOption('missing');
    await page.getByLabel('Search').fill('C0176');
    expect(await keysOf(page)).toEqual(['proxies/2026/C0176.MP4']);
  });

  it('sorts by a column, and the other way round the second time', async () => {
    const { page } = await opened();
    const cost = page.getByRole('button', { name: 'Cost' });

    await cost.click();
    await cost.click();

    expect((await keysOf(page))[0]).toBe('proxies/2026/C1200.MP4');
    expect(await page.locator('#rows [aria-sort]').getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('button', { name: 'Media' }).press('Enter');
    expect((await keysOf(page)).slice(0, 2)).toEqual(['proxies/2026/C0001.MP4', 'proxies/2026/C0001.MP4']);
    expect(await page.locator('#rows [aria-sort]').getAttribute('aria-sort')).toBe('ascending');
  });

  it('never draws more than a page of 5,000 rows, whatever is searched for and sorted', async () => {
    const { page } = await opened({ lines: sampleLines(7000) });
    const drawn = () => rowsOf(page).count();

    expect(await count(page)).toBe('1 to 50 of 5,000');
    expect(await page.locator('#media .notice').first().textContent()).toContain('2,000 more are in');
    expect(await drawn()).toBe(50);
    await page.getByRole('button', { name: 'Media' }).click();
    await page.getByLabel('Search').fill('harbour');
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await drawn()).toBe(50);
    expect(await page.locator('*').count()).toBeLessThan(1500);
  });

  it('links each result to the S3 console, and without a console to nothing', async () => {
    const key = 'proxies/a b%20#1?x=y&z/🎬.MP4';
    const { page } = await opened({ lines: [aListLine(1, { key })] });
    const link = page.getByRole('link', { name: `Result of summary for ${key}` });

    expect(await link.getAttribute('href')).toBe(
      'https://eu-west-1.console.aws.amazon.com/s3/object/media-bucket?region=eu-west-1&prefix=' +
        'nova/batch/results/summary/proxies/a%20b%2520%231%3Fx%3Dy%26z/%F0%9F%8E%AC.MP4.json',
    );
    const { page: local } = await opened({ account: '000000000000' });
    expect(await local.getByText('The answers are simulated.').count()).toBe(1);
    expect(await local.locator('#rows a').count()).toBe(0);
    expect(await local.locator('a[href^="http"]').count()).toBe(0);
  });

  it('links each result to the file beside it, once it was downloaded with them', async () => {
    const { html } = await sampleReport({ account: '000000000000', lines: [aListLine(1, { key: 'a b/#%.MP4' })] });
    const { page, complaints } = await browser.open(fileOf(besideResults(html)));

    expect(await page.locator('#rows a').getAttribute('href')).toBe('./summary/a%20b/%23%25.MP4.json');
    expect(await page.getByRole('link', { name: 'results.csv' }).first().getAttribute('href')).toBe('./results.csv');
    expect(complaints).toEqual([]);
  });

  it('has its summary, its charts and a word about the table without JavaScript', async () => {
    const { page } = await opened({}, { javaScriptEnabled: false });

    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Partly answered');
    expect(await page.locator('svg.chart').count()).toBeGreaterThan(4);
    expect(await page.getByText('The table needs JavaScript').isVisible()).toBe(true);
    expect(await page.locator('#table').isVisible()).toBe(false);
  });

  it.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 390],
    ['dark', 390],
  ] as const)('has no violation that axe knows of, %s and %d pixels wide', async (colorScheme, width) => {
    const { page, complaints } = await opened(
      { lines: sampleLines(300) },
      { colorScheme, viewport: { width, height: 900 }, bypassCSP: true },
    );
    await page.getByLabel('Search').fill('a');
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await page.addScriptTag({ path: axeFile });

    const { violations } = axeResultSchema.parse(
      await page.evaluate('axe.run({ rules: { region: { enabled: true } } })'),
    );

    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
  });

  it('prints what it shows, without controls', async () => {
    const { page } = await opened();
    await page.emulateMedia({ media: 'print' });

    expect(await page.locator('.controls').isVisible()).toBe(false);
    expect(await page.locator('svg.chart').first().isVisible()).toBe(true);
    expect(await rowsOf(page).last().isVisible()).toBe(true);
    expect(await page.locator('#request pre').first().isVisible()).toBe(true);
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
  });
});

const hostile = [
  '<script>alert(1)</script>',
  '</script><img src=x onerror=alert(1)>',
  '<!--<script>',
  '"\'><svg onload=alert(1)>',
  'javascript:alert(1)',
  '{{constructor}} $' + '{1} &lt;b&gt; &amp;',
  '\u202Egpj.exe\u202C \u2067right to left\u2069 \u2028\u2029',
  '👩‍👩‍👧 é́ \u0000\u0007 \uD800',
  `long ${'x'.repeat(10_000)}`,
  'one\nline\r\nafter\tanother',
];

describe('hostile names and answers', () => {
  it('stand as text in the table, and nothing of them runs, loads or is markup', async () => {
    const lines = hostile.map((text, at) =>
      aListLine(at + 1, {
        key: `proxies/${text.slice(0, 900)}.MP4`,
        ...{ analysis: at % 2 === 0 ? text.slice(0, 60) : 'summary', columns: { [text.slice(0, 50)]: text } },
        ...(at % 3 === 0 ? { outcome: 'failed', reason: text, text: undefined } : { text }),
        ...(at % 3 === 1 ? { json: { [text.slice(0, 50)]: [text, { nested: text }] } } : {}),
      }),
    );
    const { page, complaints } = await opened({ lines });

    expect(await count(page)).toBe('1 to 10 of 10');
    const keys = await keysOf(page);
    const inOrder = (names: readonly string[]) => names.map((name) => name.toWellFormed()).toSorted();
    expect(inOrder(keys)).toEqual(inOrder(lines.map(({ key }) => key)));
    for (const control of ['Outcome', 'Media', 'Analysis', 'Cost'])
      await page.getByRole('button', { name: control, exact: true }).click();
    await page.getByLabel('Search').fill('<script>');
    expect(await count(page)).toContain('of 2 that match');
    expect(await page.locator('#rows :is(img, script, svg, b)').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('stand as text in the summary, whatever a request, a reason or a prompt says', async () => {
    const text = hostile.join(' ');
    const sample = await sampleReport();
    const { outcome, plan, run } = sample.facts;
    const analyses = (plan?.analyses ?? []).map((analysis) => ({ ...analysis, name: text, prompt: text }));
    const request = { media: { prefixes: hostile, include: hostile, manifest: text } };
    const jobs = sample.facts.jobs.map((job) => ({
      ...job,
      jobName: text,
      failure: { error: 'JobFailed', reason: text },
    }));
    const { page, complaints } = await opened({
      facts: { run: { ...run, runId: text }, plan: plan && { ...plan, analyses, request }, jobs },
      outcome: {
        ...{ reason: text, reasons: [{ outcome: 'failed', reason: text, records: 1 }] },
        skipped: { total: 1, byReason: { [text]: 1 } },
        cost: {
          ...outcome.cost,
          byAnalysis: { [text]: { inputTokens: 1, outputTokens: 1, batchUsd: 1, onDemandUsd: 2 } },
        },
      },
      lines: [],
    });

    expect(await page.locator('.reason').textContent()).toContain('</script><img src=x onerror=alert(1)>');
    expect(await page.locator('body :is(img, [onload], [onerror])').count()).toBe(0);
    expect(await page.locator('body script').count()).toBe(3);
    expect(complaints).toEqual([]);
  });

  it('cannot run even if they got into the page as markup', async () => {
    const { html } = await sampleReport();
    const { page, complaints } = await browser.open(
      fileOf(
        html.replace('<main', '<img src="https://example.com/x.png"><script>document.title = "taken"</script><main'),
      ),
    );

    expect(await page.title()).not.toBe('taken');
    expect(complaints.filter((complaint) => complaint.includes('Content Security Policy'))).toHaveLength(2);
  });
});
