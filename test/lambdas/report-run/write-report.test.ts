import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { maxRows, pageRows } from '../../../lambdas/report-run/page/rows.ts';
import type { ResultsListLine } from '../../../lambdas/shared/domain/run/results-list.ts';
import type { RunStatus } from '../../../lambdas/shared/domain/run/run.ts';
import { awsError } from '../../support/aws-error.ts';
import { prefixes } from '../../support/factories.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { type GivenEntry, ranJobs, report } from '../../support/reported-run.ts';
import { aListLine, sampleLines, sampleReport } from '../../support/sample-report.ts';
import { memoryWorld } from '../../support/world.ts';

const reportKey = 'nova/batch/runs/run-1/report.html';
const ok: GivenEntry = { outcome: 'succeeded' };
const bad: GivenEntry = { outcome: 'failed', reason: '400: Bad video' };

const rowsIn = (html: string): unknown[][] =>
  JSON.parse(/id="rows-data">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '').map((row: unknown) =>
    Object.values(Object(row)),
  );
const markupIn = (html: string) => html.replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, '');
const textIn = (html: string) =>
  markupIn(html)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

describe('the page of a run', () => {
  it('is written beside the outcome that names it, as HTML in UTF-8', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok, bad] }]]);

    const outcome = await report(world);

    expect(outcome.reportUri).toBe(`s3://media-bucket/${reportKey}`);
    expect(world.store.contentTypeOf(reportKey)).toBe('text/html; charset=utf-8');
    expect(world.store.written.slice(-2)).toEqual([reportKey, 'nova/batch/runs/run-1/outcome.json']);
    const html = world.store.textOf(reportKey)?.text ?? '';
    expect(textIn(html)).toContain('1 of 2 records about 2 media files were answered');
    // What this run has no list for, its ledger says: without answers, and what failed first.
    expect(rowsIn(html).map((row) => [row[0], row[1], row[4], row[8]])).toEqual([
      [1, 'proxies/C0102.MP4', '400: Bad video', 0],
      [0, 'proxies/C0101.MP4', '', 1],
    ]);
  });

  it('is that of the first outcome, also where a function was lost before the end was written down', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok, bad] }]]);
    const finishRun = () => Promise.reject(awsError('InternalServerError', 500, 'Lost.'));
    await expect(report(world, { parts: { table: { ...world.table, finishRun } } })).rejects.toThrow('Lost.');
    const first = world.store.textOf(reportKey)?.text;
    world.passMinutes(60);

    const outcome = await report(world);

    expect(world.store.textOf(reportKey)?.text).toBe(first);
    expect(outcome.endedAt).toBe('2026-11-02T09:00:00.000Z');
  });

  it('that cannot be written leaves a warning, and the run ends as it would', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok, bad] }]]);
    const concatenate = () => Promise.reject(awsError('AccessDenied', 403, 'Denied.'));

    const outcome = await report(world, { parts: { store: { ...world.store, concatenate } } });

    expect(outcome).toMatchObject({ status: 'PartlySucceeded', reportUri: undefined });
    expect(world.warnings).toEqual([{ message: 'Report:NotWritten', fields: { runId: 'run-1', reason: 'Denied.' } }]);
    expect(world.ended[0]?.reportKey).toBeUndefined();
  });

  it('is tried again where its failure passes', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok] }]]);
    const concatenate = () => Promise.reject(awsError('SlowDown', 503, 'Slow down.'));

    await expect(report(world, { parts: { store: { ...world.store, concatenate } } })).rejects.toThrow('Slow down.');
    expect(await report(world)).toMatchObject({ reportUri: `s3://media-bucket/${reportKey}` });
  });

  it.each([
    ['Succeeded', 'Everything was answered'],
    ['NothingToDo', 'There was nothing to do'],
    ['Planned', 'Planned; nothing was sent'],
    ['Stopped', 'Stopped by a user'],
    ['Refused', 'Refused before anything was sent'],
    ['Failed', 'Nothing was answered'],
  ] satisfies [RunStatus, string][])('says what %s means, with a run that has nothing else', async (status, says) => {
    const sample = await sampleReport();
    const facts = { plan: undefined, attempts: [], jobs: [] };
    const none = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };
    const outcome = { status, reason: 'Why it was so.', records: none, reasons: [], estimate: undefined };

    const { html, isWritten } = await sampleReport({ facts, outcome, lines: [] });

    expect(isWritten).toBe(true);
    expect(textIn(html)).toContain(says);
    expect(textIn(html)).toContain('Why it was so.');
    expect(rowsIn(html)).toEqual([]);
    expect(markupIn(html)).not.toMatch(/undefined|NaN|Infinity|\[object/);
    expect(markupIn(sample.html)).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  it('of a request that was no JSON says that it names no media', async () => {
    for (const requestJson of ['no JSON', '"text"', '{"media":{"prefixes":7}}']) {
      const { run } = (await sampleReport({ lines: [] })).facts;
      const { isWritten } = await sampleReport({
        facts: { plan: undefined, attempts: [], jobs: [], run: { ...run, requestJson } },
      });
      expect(isWritten).toBe(true);
    }
  });

  it('of a plan is its estimate', async () => {
    const none = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };
    const { html } = await sampleReport({
      facts: { attempts: [], jobs: [] },
      outcome: { status: 'Planned', records: none },
      lines: [],
    });

    expect(textIn(html)).toContain('2,400 records about 1,200 media files would be sent');
    expect(textIn(html)).toMatch(/\$0\.61 expected .*\$0\.83 at most/);
  });

  it('says what the jobs waited for', async () => {
    const { html } = await sampleReport();

    expect(html).toContain('Job 2: Waiting for the root, 2 Nov 2026, 09:12 UTC to 2 Nov 2026, 14:06 UTC (4 h 54 min)');
    expect(html).toContain('Job 2: Waiting for a slot, 2 Nov 2026, 14:18 UTC to 2 Nov 2026, 15:30 UTC (1 h 12 min)');
  });

  it('lets in nothing but the style and the script that it has', async () => {
    const { html } = await sampleReport();
    const contents = [...html.matchAll(/<(?:style|script)>([\s\S]*?)<\/(?:style|script)>/g)].map(
      (match) => match[1] ?? '',
    );

    expect(contents).toHaveLength(2);
    for (const content of contents) {
      const hash = createHash('sha256').update(content).digest('base64');
      expect(html).toMatch(
        new RegExp(
          `http-equiv="Content-Security-Policy" content="default-src [^"]*sha256-${hash.replaceAll(/[+/]/g, '\\$&')}`,
        ),
      );
    }
    expect(markupIn(html)).not.toMatch(/ (style|on[a-z]+)="/);
    expect(markupIn(html).match(/(?:src|href)="(?!https:\/\/eu-west-1\.console|#|\.\/)[^"]*"/g)).toBeNull();
  });
});

describe('the rows of the page', () => {
  /** The rows of a run with these lines, and how many lines were read for them. */
  async function rowsOf(lines: readonly ResultsListLine[]) {
    const { facts, store } = await sampleReport({ lines });
    const { outcome, run, attempts, jobs } = facts;
    let read = 0;
    const counting = {
      async *readLines(key: string) {
        for await (const line of store.readLines(key)) {
          read += 1;
          yield line;
        }
      },
    };
    const given = {
      runId: run.runId,
      attempts,
      jobs,
      records: outcome.records,
      price: 'unknown',
      bucket: 'b',
      isListed: true,
    } as const;
    const rows: string[] = [];
    for await (const row of pageRows(given, counting, prefixes)) rows.push(row);
    return { rows, read };
  }

  it.each([
    ['below', maxRows - 1, maxRows - 1],
    ['at', maxRows, maxRows],
    ['above', maxRows + 1, maxRows],
  ])('are as many as there are, %s the limit', async (_where, count, expected) => {
    expect((await rowsOf(sampleLines(count))).rows).toHaveLength(expected);
  });

  it('of a long list without failures are its beginning, and no more of it is read', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => aListLine(at + 1));

    const { rows, read } = await rowsOf(lines);

    expect(rows).toHaveLength(maxRows);
    expect(read).toBeLessThanOrEqual(maxRows + 1);
  });

  it('have what failed first, wherever it stands', async () => {
    const failed = { outcome: 'failed', reason: '400: No.', text: undefined } as const;
    const { rows } = await rowsOf([
      ...Array.from({ length: 8000 }, (_, at) => aListLine(at + 1)),
      aListLine(9000, failed),
    ]);

    expect(rows[0]).toContain('C9000.MP4');
    expect(rows).toHaveLength(maxRows);
  });

  it('are truncated, escaped, and JSON that people can read', async () => {
    const { rows } = await rowsOf([
      aListLine(1, { text: 'x'.repeat(10_000) }),
      aListLine(4, { json: JSON.parse(`${'['.repeat(1000)}{}${']'.repeat(1000)}`) }),
      aListLine(2, { text: '</script>\u2028<!--', key: 'a/<b>.mp4' }),
      aListLine(3, {
        json: {
          title: 'Harbour',
          topics: ['sea', 'dawn'],
          chapters: [
            { startSeconds: 0, title: 'Pier' },
            { startSeconds: 9, title: 'Boats' },
          ],
        },
      }),
    ]);
    const said = rows.map((row) => Object(JSON.parse(row.replace(/^,/, '')))[4]);

    expect(said[0]).toBe(`${'x'.repeat(600)}…`);
    expect(said[1]).toMatch(/^[– ]+…$/);
    expect(rows[2]).not.toMatch(/[<\u2028]/);
    expect(said[2]).toBe('</script>\u2028<!--');
    expect(said[3]).toBe(
      [
        'title: Harbour',
        'topics: sea, dawn',
        'chapters:',
        '  – startSeconds: 0',
        '    title: Pier',
        '  – startSeconds: 9',
        '    title: Boats',
      ].join('\n'),
    );
  });

  it('are none of a run that sent nothing, whose list is not there', async () => {
    const given = { runId: 'r', attempts: [], jobs: [], price: 'unknown', bucket: 'b', isListed: false } as const;
    const records = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };

    expect(await pageRows({ ...given, records }, memoryStore(), prefixes).next()).toMatchObject({ done: true });
  });
});
