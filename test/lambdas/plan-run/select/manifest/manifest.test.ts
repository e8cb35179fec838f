import { describe, expect, it } from 'vitest';
import { claimMaker } from '../../../../../lambdas/prepare-job/claim-records.ts';
import type { Plan, PlannedRecord } from '../../../../../lambdas/shared/domain/plan/plan.ts';
import { mediaRecord } from '../../../../../lambdas/shared/domain/record/record.ts';
import { expectOneSentence } from '../../../../support/one-sentence.ts';
import type { World } from '../../../../support/world.ts';
import { jobAt, nightly, planOf, recordsIn, refusalOf, runPlan, worldWith, writtenPlan } from '../../planning.ts';

const shots = { name: 'shots', prompt: 'List.' };
const byCamera = { name: 'camera', prompt: 'What did {{camera}} see in {{filename}}?' };

/** A world of three videos under `proxies/`, with a manifest. */
function worldOf(name: string, text: string): World {
  const world = worldWith(3);
  world.store.put(name, { text });
  return world;
}

const requestOf = (manifest: string, analyses: readonly object[] = [shots]) => ({ media: { manifest }, analyses });

async function recordsOf(world: World, request: object): Promise<PlannedRecord[]> {
  await planOf(world, request);
  return recordsIn(world, await jobAt(world, 0));
}

function skippedIn(world: World): unknown[] {
  const key = `nova/batch/runs/${nightly}/ledger/skipped.ndjson`;
  return world.store.has(key) ? world.store.jsonLinesOf(key) : [];
}

describe('a manifest', () => {
  it.each([
    ['CSV', 'list.csv', 'key\nproxies/0001.mp4\nproxies/0003.mp4\n'],
    ['CSV without a newline at the end', 'list.csv', 'key\nproxies/0001.mp4\nproxies/0003.mp4'],
    ['CSV of Windows', 'list.CSV', '\ufeffkey\r\nproxies/0001.mp4\r\n\r\nproxies/0003.mp4\r\n'],
    [
      'CSV with quotes and other columns',
      'list.csv',
      '"note", key\n"a ""b"",\nc",proxies/0001.mp4\n,"proxies/0003.mp4"\n',
    ],
    ['CSV of URIs', 'list.csv', 'key\ns3://media-bucket/proxies/0001.mp4\ns3://media-bucket/proxies/0003.mp4\n'],
    ['NDJSON', 'list.ndjson', '{"key":"proxies/0001.mp4"}\n{"key":"proxies/0003.mp4","n":1}\n'],
    ['NDJSON of Windows', 'list.ndjson', '\ufeff{"key":"proxies/0001.mp4"}\r\n\r\n{"key":"proxies/0003.mp4"}\r\n'],
  ])('in %s names the media', async (_, name, text) => {
    const world = worldOf(name, text);

    const records = await recordsOf(world, requestOf(`s3://media-bucket/${name}`));

    expect(records.map(({ key, bytes }) => [key, bytes])).toEqual([
      ['proxies/0001.mp4', 1000],
      ['proxies/0003.mp4', 1000],
    ]);
    expect(writtenPlan(world)).toMatchObject({ media: 2, skipped: { total: 0 } });
  });

  it('gives prompts its columns, and what looks like a placeholder in a value stays as it is', async () => {
    const world = worldOf('list.csv', 'camera,key,secret\n"{{key}} $& {{secret}}",proxies/0001.mp4,x\n');

    const [record] = await recordsOf(world, requestOf('list.csv', [shots, byCamera]));
    const [, asked] = await recordsIn(world, await jobAt(world, 0));

    expect(record).not.toHaveProperty('columns');
    expect(asked).toMatchObject({ analysis: 'camera', columns: { camera: '{{key}} $& {{secret}}' } });
    const [, analysis] = writtenPlan(world).analyses;
    if (asked === undefined || analysis === undefined) throw new TypeError('The plan lacks the second question.');
    const { modelInput } = mediaRecord('r', 's3://b/k', asked, analysis, 'InvokeModel');
    expect(JSON.stringify(modelInput)).toContain('What did {{key}} $& {{secret}} see in 0001.mp4?');
  });

  it('takes numbers and truth values of NDJSON as text', async () => {
    const lines = [
      { key: 'proxies/0001.mp4', camera: 7 },
      { key: 'proxies/0002.mp4', camera: false },
    ];
    const world = worldOf('list.ndjson', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

    const records = await recordsOf(world, requestOf('list.ndjson', [byCamera]));

    expect(records.map(({ columns }) => columns)).toEqual([{ camera: '7' }, { camera: 'false' }]);
  });
});

describe('rows that cannot be used', () => {
  it('of CSV are listed by their line, and counted by the reason alone', async () => {
    const world = worldOf(
      'list.csv',
      'key,camera\r\n"proxies/0001.mp4","two\r\nlines"\r\n,b\r\nproxies/0002.mp4\r\n\r\nproxies/gone.mp4,c\r\n' +
        's3://other/a.mp4,d\r\nproxies/gone2.mp4,e\r\nproxies/,f\r\nlist.csv,g\r\nproxies/old.mp4,h\r\n',
    );
    world.store.put('proxies/old.mp4', { bytes: 5, storageClass: 'GLACIER' });
    world.store.put('proxies/');

    const { skipped } = await planOf(world, requestOf('list.csv', [byCamera]));

    expect(skippedIn(world)).toEqual(
      [
        ['', 'manifest line 4: the row names no key'],
        ['proxies/0002.mp4', 'manifest line 5: the row has another number of columns than the header'],
        ['proxies/gone.mp4', 'manifest line 7: the object is not in the bucket'],
        ['s3://other/a.mp4', 'manifest line 8: the row names another bucket'],
        ['proxies/gone2.mp4', 'manifest line 9: the object is not in the bucket'],
        ['proxies/', 'manifest line 10: a folder marker'],
        ['list.csv', 'manifest line 11: neither a video nor an image by its extension'],
        ['proxies/old.mp4', 'manifest line 12: archived (GLACIER)'],
      ].map(([key, reason]) => ({ key, reason, outcome: 'skipped' })),
    );
    expect(skipped).toMatchObject({ total: 8, byReason: { 'manifest: the object is not in the bucket': 2 } });
  });

  it('of NDJSON are too, also for lacking what one of the prompts needs', async () => {
    const rows = [
      '{"key":"proxies/0001.mp4"}',
      '{"key":',
      '[]',
      '{"key":7}',
      '{"camera":"a"}',
      '{"key":"proxies/0002.mp4","camera":{}}',
    ];
    const world = worldOf('list.ndjson', rows.join('\n'));

    const records = await recordsOf(world, requestOf('list.ndjson', [shots, byCamera]));

    expect(records.map(({ key, analysis }) => [key, analysis])).toEqual([
      ['proxies/0001.mp4', 'shots'],
      ['proxies/0002.mp4', 'shots'],
    ]);
    expect(skippedIn(world)).toMatchObject([
      {
        key: 'proxies/0001.mp4',
        analysis: 'camera',
        reason: 'manifest line 1: the row has no "camera" for the prompt',
      },
      { key: '', reason: 'manifest line 2: the line is no JSON object' },
      { reason: 'manifest line 3: the line is no JSON object' },
      { key: '7', reason: 'manifest line 4: the object is not in the bucket' },
      { reason: 'manifest line 5: the row names no key' },
      { key: 'proxies/0002.mp4', analysis: 'camera' },
    ]);
  });

  it.each([
    ['no key column', 'list.csv', 'file;camera\na;b\n', 'has no column "key"', '"file;camera"'],
    ['no column that a prompt needs', 'list.csv', 'key\nproxies/0001.mp4\n', 'has no column "camera"', '{{camera}}'],
    ['a column twice', 'list.csv', 'key,camera,camera\nproxies/0001.mp4,a,b\n', 'has the column "camera" twice'],
    ['a quote that is never closed', 'list.csv', 'key,camera\n"proxies/0001.mp4,a\n', 'from line 2 on', 'quotes'],
    ['no row', 'list.csv', 'key,camera\n', 'has 0 rows', 'it is empty'],
    ['nothing in it', 'list.csv', '', 'has 0 rows'],
    ['no row that can be used', 'list.csv', 'key,camera\na.mp4,b\n,c\n', 'has 2 rows', 'line 2: the object is not in'],
    ['a video that Bedrock does not take', 'list.csv', 'key,camera\na.avi,b\n', '"a.avi"', 'take line 2 out of the'],
  ])('refuse the request with %s', async (_, name, text, ...words) => {
    const world = worldOf(name, text);
    world.store.put('a.avi', { bytes: 5 });

    expectOneSentence(await refusalOf(world, requestOf(name, [byCamera])), ...words);
    expect(world.store.written).toEqual([]);
  });

  it.each([
    ['is not there', 'gone.csv', 'is not in bucket media-bucket'],
    ['lies in another bucket', 's3://other/list.csv', 'in bucket "other"'],
  ])('refuse the request when the manifest %s', async (_, manifest, words) => {
    expectOneSentence(await refusalOf(worldWith(1), requestOf(manifest)), words);
  });

  it('refuse a prompt that needs a column where there is no manifest', async () => {
    const request = { media: { prefixes: ['proxies/'] }, analyses: [byCamera] };

    expectOneSentence(await refusalOf(worldWith(1), request), 'the placeholder {{camera}}; expected {{key}}');
  });

  it.each(['', '__proto__'])('refuse a prompt that needs the column %j, which none can have', async (name) => {
    const world = worldOf('list.csv', 'key\nproxies/0001.mp4\n');

    expectOneSentence(
      await refusalOf(world, requestOf('list.csv', [{ name: 'a', prompt: `{{${name}}}` }])),
      'or a column',
    );
  });
});

describe('a manifest that is too large', () => {
  /** Its pieces one after the other, as many as are asked for. */
  function endless(piece: string, first = piece) {
    const given = { pieces: 0 };
    async function* readPieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(first);
      for (;;) {
        given.pieces += 1;
        yield Buffer.from(piece);
      }
    }
    return { given, readPieces };
  }

  it('as one of 10 GB is refused before anything of it is read', async () => {
    const world = worldWith(1);
    world.store.put('list.csv', { bytes: 10e9 });
    const { given, readPieces } = endless('key\n');

    const refusal = await refusalOf(world, requestOf('list.csv'), { store: { ...world.store, readPieces } });

    expectOneSentence(refusal, '10000000000 bytes; expected at most 1000000000', 'divide it');
    expect(given.pieces).toBe(0);
  });

  it.each([
    ['a line', 'list.ndjson', '{}\n', 'x'.repeat(100_000)],
    ['a row', 'list.csv', 'key\n', 'x'.repeat(100_000)],
    ['quotes', 'list.csv', 'key\n"', 'x\n'.repeat(50_000)],
  ])('in %s is refused before that is in memory', async (_, name, first, piece) => {
    const world = worldOf(name, '');
    const { given, readPieces } = endless(piece, first);

    const refusal = await refusalOf(world, requestOf(name), { store: { ...world.store, readPieces } });

    expectOneSentence(refusal, 'Line 2 of "media.manifest" has more than 1048576 bytes');
    expect(given.pieces).toBeLessThan(20);
  });
});

describe('the same media with the same prompt', () => {
  it('is asked once, over prefixes, keys and manifest', async () => {
    const world = worldOf('list.csv', 'key\nproxies/0001.mp4\nother/a.mp4\nother/b.mp4\nother/b.mp4\n');
    for (const key of ['other/a.mp4', 'other/b.mp4']) world.store.put(key, { bytes: 1000 });
    const media = {
      prefixes: ['proxies/'],
      keys: ['other/a.mp4', 'proxies/0002.mp4', 'other/a.mp4'],
      manifest: 'list.csv',
    };

    const { firstAttempt, skipped, media: count } = await planOf(world, { media, analyses: [shots] });

    expect(firstAttempt?.records).toBe(5);
    expect(count).toBe(5);
    const again = 'the request asks the same of this media elsewhere';
    expect(skipped).toEqual({ total: 5, byReason: { [again]: 2, [`manifest: ${again}`]: 3 } });
    expect(skippedIn(world)).toMatchObject([
      { key: 'proxies/0002.mp4', reason: again },
      { key: 'other/a.mp4' },
      { key: 'proxies/0001.mp4', reason: `manifest line 2: ${again}` },
      { key: 'other/a.mp4', reason: `manifest line 3: ${again}` },
      { key: 'other/b.mp4', reason: `manifest line 5: ${again}` },
    ]);
  });

  it('is another one with other values of its columns, under a fingerprint and a result of its own', async () => {
    const rows = ['a', 'b', 'a', 'c'].map((camera) => `proxies/0001.mp4,${camera}\n`);
    const world = worldOf('list.csv', `key,camera\n${rows.join('')}`);

    const records = await recordsOf(world, requestOf('list.csv', [byCamera]));

    expect(records.map(({ columns }) => columns?.camera)).toEqual(['a', 'b', 'c']);
    expect(records.map(({ variant }) => variant?.length)).toEqual([16, 16, 16]);
    expect(new Set(records.map(({ variant }) => variant)).size).toBe(3);
    expect(new Set(fingerprintsOf(writtenPlan(world), await jobAt(world, 0), records)).size).toBe(3);
    expect(writtenPlan(world)).toMatchObject({ media: 1, skipped: { total: 1 } });
  });

  it.each(['a', 'b'])(
    'has the same place for its result in every run, whichever row comes first: %s',
    async (first) => {
      const variantOfB = async (text: string, analysis: object) => {
        const records = await recordsOf(worldOf('list.csv', text), requestOf('list.csv', [analysis]));
        return records.find(({ columns }) => columns?.camera === 'b')?.variant;
      };
      const rows = ['proxies/0001.mp4,a\n', 'proxies/0001.mp4,b\n'];

      const alone = await variantOfB(`key,camera\n${rows[1]}`, byCamera);

      const both = first === 'a' ? rows : rows.toReversed();
      expect(await variantOfB(`key,camera\n${both.join('')}`, { ...byCamera, prompt: 'Another {{camera}}?' })).toBe(
        alone,
      );
    },
  );

  it('is asked with columns only where a row gives them', async () => {
    const world = worldOf('list.csv', 'key,camera\nproxies/0001.mp4,a\n');
    const media = { prefixes: ['proxies/'], manifest: 'list.csv' };

    const { firstAttempt, skipped } = await planOf(world, { media, analyses: [shots, byCamera] });

    expect(firstAttempt?.records).toBe(4);
    expect(skipped.byReason).toEqual({
      'the prompt needs columns, which only rows of the manifest have': 3,
      'manifest: the request asks the same of this media elsewhere': 1,
    });
  });

  it('counts for newOnly by its values: a new value is new, an old one is not', async () => {
    const world = worldOf('list.csv', 'key,camera\nproxies/0001.mp4,a\nproxies/0002.mp4,b\n');
    const request = requestOf('list.csv', [byCamera]);
    const records = await recordsOf(world, request);
    const job = await jobAt(world, 0);
    const toClaim = claimMaker(job, writtenPlan(world));
    for (const [at, record] of records.entries()) world.claims.put(toClaim({ ...record, number: at + 1 }));

    world.store.put('list.csv', { text: 'key,camera\nproxies/0001.mp4,a\nproxies/0002.mp4,c\n' });
    const input = { ...request, media: { ...request.media, newOnly: true } };
    await runPlan(world, input, {}, undefined, 'nightly-2');

    const { firstAttempt, skipped } = writtenPlan(world, 'nightly-2');
    expect(firstAttempt?.records).toBe(1);
    expect(skipped.byReason).toEqual({ 'pending in another run': 1 });
  });
});

function fingerprintsOf(
  plan: Plan,
  job: Parameters<typeof claimMaker>[0],
  records: readonly PlannedRecord[],
): string[] {
  const toClaim = claimMaker(job, plan);
  return records.map((record, at) => toClaim({ ...record, number: at + 1 }).fingerprint);
}
