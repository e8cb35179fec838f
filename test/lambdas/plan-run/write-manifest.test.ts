import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Selection } from '../../../lambdas/plan-run/select-media.ts';
import { writeManifest } from '../../../lambdas/plan-run/write-manifest.ts';
import { findModel, type Model } from '../../../lambdas/shared/models.ts';
import { mediaRecord } from '../../../lambdas/shared/records.ts';
import { anAnalysis } from '../../support/factories.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';

const keys = { manifestKey: 'runs/r/jobs/j.records.ndjson', skippedKey: 'runs/r/ledger/skipped.ndjson' };

function novaLite(maxRecordsPerJob = 100_000): Model {
  const found = findModel('amazon.nova-lite-v1:0');
  if (found === undefined) throw new TypeError('Nova Lite is not in the table.');
  return { ...found.model, quotas: { ...found.model.quotas, maxRecordsPerJob } };
}

async function* videos(count: number): AsyncGenerator<Selection> {
  for (let at = 1; at <= count; at++)
    yield { media: { key: `p/${String(at).padStart(4, '0')}.mp4`, kind: 'video', etag: `e${at}`, bytes: at } };
}

function write(
  selections: AsyncIterable<Selection>,
  store = memoryStore(),
  analyses = [anAnalysis()],
  model = novaLite(),
) {
  return writeManifest(selections, store, { ...keys, jobHash: 'abcdef012345', analyses, model });
}

describe('a manifest', () => {
  it('has a line for each media and analysis, numbered in their order', async () => {
    const store = memoryStore();
    const analyses = [anAnalysis({ name: 'a' }), anAnalysis({ name: 'b' })];

    const totals = await write(videos(2), store, analyses);

    expect(totals).toEqual({
      records: 4,
      media: 2,
      mediaBytes: 3,
      modelInvocationType: 'InvokeModel',
      skipped: { total: 0, byReason: {} },
    });
    expect(store.jsonLinesOf(keys.manifestKey)).toEqual([
      { recordId: 'abcdef012345-000001', key: 'p/0001.mp4', etag: 'e1', bytes: 1, analysis: 'a' },
      { recordId: 'abcdef012345-000002', key: 'p/0001.mp4', etag: 'e1', bytes: 1, analysis: 'b' },
      { recordId: 'abcdef012345-000003', key: 'p/0002.mp4', etag: 'e2', bytes: 2, analysis: 'a' },
      { recordId: 'abcdef012345-000004', key: 'p/0002.mp4', etag: 'e2', bytes: 2, analysis: 'b' },
    ]);
    expect(store.keys()).toEqual([keys.manifestKey]);
  });

  it('leaves what was skipped to a list of its own, counted by reason', async () => {
    const store = memoryStore();
    async function* mixed(): AsyncGenerator<Selection> {
      yield { key: 'p/a.xml', skipped: 'neither a video nor an image by its extension' };
      yield* videos(1);
      yield { key: 'p/b.xml', skipped: 'neither a video nor an image by its extension' };
      yield { key: 'p/', skipped: 'a folder marker' };
    }

    const totals = await write(mixed(), store);

    expect(totals.skipped).toEqual({
      total: 3,
      byReason: { 'neither a video nor an image by its extension': 2, 'a folder marker': 1 },
    });
    expect(store.jsonLinesOf(keys.skippedKey)).toEqual([
      { key: 'p/a.xml', outcome: 'skipped', reason: 'neither a video nor an image by its extension' },
      { key: 'p/b.xml', outcome: 'skipped', reason: 'neither a video nor an image by its extension' },
      { key: 'p/', outcome: 'skipped', reason: 'a folder marker' },
    ]);
    expect(store.linesOf(keys.manifestKey)).toHaveLength(1);
  });
});

describe('images in a manifest', () => {
  const [video, image] = (['video', 'image'] as const).map((kind) => {
    const key = kind === 'video' ? 'p/a.mp4' : 'p/a.png';
    return { media: { key, kind, etag: 'e', bytes: 1 } };
  });

  async function* these(...selections: (Selection | undefined)[]): AsyncGenerator<Selection> {
    for (const selection of selections) if (selection !== undefined) yield selection;
  }

  it.each([
    [[video], 'InvokeModel'],
    [[image], 'Converse'],
    [[image, video], 'Converse'],
    [[video, image, video], 'Converse'],
    [[video, { key: 'p/a.png', skipped: 'empty' }], 'InvokeModel'],
  ])('decide how all records of the job are written: %j with %s', async (selections, modelInvocationType) => {
    expect(await write(these(...selections))).toMatchObject({ modelInvocationType });
  });

  it('are not asked what is only for videos, which is counted and said for each', async () => {
    const store = memoryStore();
    const analyses = [anAnalysis({ name: 'chapters', media: ['video'] }), anAnalysis({ name: 'summary' })];

    const totals = await write(these(image, video, image), store, analyses);

    expect(totals).toMatchObject({
      records: 4,
      media: 3,
      skipped: { total: 2, byReason: { 'the analysis is not for images': 2 } },
    });
    expect(store.jsonLinesOf(keys.manifestKey)).toMatchObject([
      { recordId: 'abcdef012345-000001', key: 'p/a.png', analysis: 'summary' },
      { recordId: 'abcdef012345-000002', key: 'p/a.mp4', analysis: 'chapters' },
      { recordId: 'abcdef012345-000003', key: 'p/a.mp4', analysis: 'summary' },
      { recordId: 'abcdef012345-000004', key: 'p/a.png', analysis: 'summary' },
    ]);
    const reason = 'the analysis is not for images';
    const entry = { key: 'p/a.png', analysis: 'chapters', outcome: 'skipped', reason };
    expect(store.jsonLinesOf(keys.skippedKey)).toEqual([entry, entry]);
  });

  it('that were all left out refuse the request, with nothing written', async () => {
    const store = memoryStore();
    const skipped = 'no analysis of the request is for images';
    const writing = write(these({ key: 'p/a.png', skipped }), store, [anAnalysis({ media: ['video'] })]);

    expectOneSentence(
      await messageOfRejection(writing, 'RequestRefused'),
      'reaches only media that none of its analyses is for; expected a video (3gp, flv, mkv,',
      'add an analysis such as "summary"',
    );
    expect(store.keys()).toEqual([]);
  });
});

describe('the limit of records in a job', () => {
  it.each([
    [9, 'planned'],
    [10, 'planned'],
    [11, 'refused'],
  ])('of 10: %i records are %s', async (count, end) => {
    const store = memoryStore();
    const writing = write(videos(count), store, undefined, novaLite(10));

    if (end === 'planned') return expect(await writing).toMatchObject({ records: count });
    const message = await messageOfRejection(writing, 'RequestRefused');
    expectOneSentence(message, 'more than 10 records (media × analyses), which is what one job of Nova Lite takes');
    expect(store.keys()).toEqual([]);
  });

  it('counts records and not media', async () => {
    const analyses = ['a', 'b', 'c'].map((name) => anAnalysis({ name }));

    expect(await write(videos(3), memoryStore(), analyses, novaLite(9))).toMatchObject({ records: 9, media: 3 });
    await expect(write(videos(3), memoryStore(), analyses, novaLite(8))).rejects.toThrow('more than 8 records');
  });

  it('of a real model takes 100,000 records and not one more', async () => {
    let taken = 0;
    const counting = {
      bucket: 'media-bucket',
      async writeLines(_: string, lines: AsyncIterable<string>): Promise<void> {
        for await (const _line of lines) taken += 1;
      },
    };
    const target = { ...keys, jobHash: 'abcdef012345', analyses: [anAnalysis()], model: novaLite() };

    await expect(writeManifest(videos(100_001), counting, target)).rejects.toMatchObject({
      name: 'RequestRefused',
      message: expect.stringContaining('more than 100000 records'),
    });
    expect(taken).toBe(100_000);
  });
});

describe('the limit of bytes in an input file', () => {
  beforeEach(() => {
    // A gigabyte of records takes seconds to make, so each byte counts for a thousand here.
    const bytesOf = Buffer.byteLength;
    vi.spyOn(Buffer, 'byteLength').mockImplementation((text) => 1000 * bytesOf(text));
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** An analysis that makes each record of the job's input exactly this long, newline included. */
  function analysisOf(recordBytes: number) {
    const planned = { recordId: 'abcdef012345-000001', key: 'p/0001.mp4', etag: '', bytes: 0, analysis: '' };
    const emptyBytes =
      JSON.stringify(mediaRecord('media-bucket', planned, anAnalysis({ prompt: '' }), 'InvokeModel')).length + 1;
    return anAnalysis({
      prompt: `${'x'.repeat((recordBytes - emptyBytes) % 2)}${'é'.repeat((recordBytes - emptyBytes) / 2)}`,
    });
  }

  it.each([
    [19_999, 'planned'],
    [20_000, 'planned'],
    [20_001, 'refused'],
  ])('counts bytes of UTF-8 over all records: 50 of %i thousand bytes are %s', async (recordBytes, end) => {
    const store = memoryStore();
    const writing = write(videos(50), store, [analysisOf(recordBytes)]);

    if (end === 'planned') return expect(await writing).toMatchObject({ records: 50 });
    const message = await messageOfRejection(writing, 'RequestRefused');
    expectOneSentence(message, 'longer than 1000000000 bytes (1 GB)', 'shorten the prompts');
    expect(store.keys()).toEqual([]);
  });
});
