import { describe, expect, it } from 'vitest';
import { allOf } from '../../../../support/all-of.ts';
import { expectOneSentence } from '../../../../support/one-sentence.ts';
import type { World } from '../../../../support/world.ts';
import { collect, jobAt, planOf, recordsIn, refusalOf, runPlan, worldWith } from '../../planning.ts';

const video = (uri: string) => ({ video: { format: 'mp4', source: { s3Location: { uri } } } });
const image = (uri: string) => ({ image: { format: 'png', source: { s3Location: { uri } } } });
const body = (...content: object[]) => ({
  messages: [{ role: 'user', content: [...content, { text: 's3://elsewhere/x' }] }],
});
const invoke = (...content: object[]) => ({ schemaVersion: 'messages-v1', ...body(...content) });
const ours = 's3://media-bucket/proxies/0001.mp4';
const good = { recordId: 'file-1:combined', modelInput: body(video(ours)) };

function worldOf(...lines: unknown[]): World {
  const world = worldWith(1);
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  world.store.put('ready.ndjson', { text });
  return world;
}

const request = { records: 's3://media-bucket/ready.ndjson' };

describe('prebuilt records', () => {
  it.each([
    ['Converse', body(video(ours), image('s3://media-bucket/a.png'))],
    ['InvokeModel', invoke(video(ours), { image: { format: 'png', source: { bytes: 'aGk=' } } })],
  ])('are planned as they came, in a job of %s at the root', async (type, modelInput) => {
    const world = worldOf({ recordId: 'a', modelInput }, '', { recordId: 'b', modelInput });

    const plan = await planOf(world, { ...request, layout: 'auto' });

    const job = await jobAt(world, 0);
    expect(job).toMatchObject({ modelInvocationType: type, records: 2, paddingRecords: 98, layout: 'root' });
    expect(await recordsIn(world, job)).toEqual(
      ['a', 'b'].map((key) => ({ key, etag: '', bytes: 0, analysis: 'records', prebuilt: { modelInput } })),
    );
    expect(plan).toMatchObject({ media: 0, skipped: { total: 0 }, analyses: [{ name: 'records' }] });
    expect(plan.firstAttempt?.staging.objects).toBe(0);
  });

  it.each([
    ['no JSON', '{"recordId":', 'Line 2 of "records" is no prebuilt record;'],
    ['a list', [], 'is no prebuilt record;'],
    ['no ID', { modelInput: body() }, 'at "recordId",'],
    ['an empty ID', { ...good, recordId: '' }, 'at "recordId",'],
    ['an ID of 257 characters', { ...good, recordId: 'x'.repeat(257) }, 'at most 256 characters'],
    ['an ID that is there', { ...good, recordId: 'first' }, 'has the recordId "first" of a line before it'],
    ['a further field', { ...good, model: 'm' }, 'no other field'],
    ['no body', { recordId: 'a' }, 'at "modelInput",'],
    ['no messages', { recordId: 'a', modelInput: { prompt: 'x' } }, 'has no "messages"'],
    ['a model in its body', { recordId: 'a', modelInput: { ...body(), modelId: 'm' } }, 'has a "modelId"'],
    [
      'media of another bucket',
      { recordId: 'a', modelInput: body(video('s3://other/a.mp4')) },
      'expected media in bucket media-bucket',
    ],
    ['a place that is none of S3', { recordId: 'a', modelInput: body(video('S3://media-bucket/a.mp4')) }, 'names "S3:'],
    [
      'a key that Bedrock refuses',
      { recordId: 'a', modelInput: body(video('s3://media-bucket/a b.mp4')) },
      'the character " "',
    ],
    ['no key', { recordId: 'a', modelInput: body(video('s3://media-bucket/')) }, 'empty'],
    ['the words of the other API', { recordId: 'a', modelInput: invoke() }, 'line 1 is one for Converse'],
    [
      'a far too deep body',
      `{"recordId":"a","modelInput":{"messages":[${'['.repeat(9999)}${']'.repeat(9999)}]}}`,
      'nested more than 64 deep',
    ],
    ['a field that JavaScript keeps', '{"recordId":"a","modelInput":{"messages":[{"__proto__":{}}]}}', '"__proto__"'],
  ])('refuse the request by the line with %s', async (_, line, words) => {
    const world = worldOf({ ...good, recordId: 'first' }, line, good);

    expectOneSentence(await refusalOf(world, request), 'Line 2 of "records"', words, 'expected', 'take the line out');
    expect(world.store.written).toEqual([]);
  });

  it('refuse an image in S3 in a body for InvokeModel', async () => {
    const world = worldOf({ recordId: 'a', modelInput: invoke(image('s3://media-bucket/a.png')) });

    expectOneSentence(
      await refusalOf(world, request),
      'Line 1',
      'takes images as bytes only; expected one for Converse',
    );
  });

  it.each([
    ['that are not there', 'gone.ndjson', 'is not in bucket'],
    ['of nothing', 'empty.ndjson', 'has no line'],
    ['of 10 GB', 'large.ndjson', '10000000000 bytes'],
  ])('%s refuse the request', async (_, records, words) => {
    const world = worldOf(good);
    world.store.put('empty.ndjson', { text: '\n\n' });
    world.store.put('large.ndjson', { bytes: 10e9 });

    expectOneSentence(await refusalOf(world, { records }), words);
  });

  it('with a line of 100 MB refuse the request before that is in memory', async () => {
    const world = worldOf(good);
    let pieces = 0;
    async function* readPieces(): AsyncGenerator<Uint8Array> {
      for (; pieces < 100; pieces++) yield Buffer.alloc(1_000_000, 'x');
    }

    const refusal = await refusalOf(world, request, { store: { ...world.store, readPieces } });

    expectOneSentence(refusal, 'Line 1 of "records" has more than 25000000 bytes');
    expect(pieces).toBeLessThan(30);
  });

  it('stay at the root in a further attempt: a staged job cannot read their media', async () => {
    const world = worldOf(good);
    const input = { ...request, layout: 'auto' };
    await runPlan(world, input);
    const reason = 'Batch job contains more bytes, media included, (9) than the maximum of: 5';
    const end = { status: 'Failed' as const, failure: { error: 'JobFailed', reason } };
    await collect(world, await jobAt(world, 0), { 1: { outcome: 'missing', reason, retryable: true } }, end);

    await runPlan(world, input);

    expect((await jobAt(world, 1)).layout).toBe('root');
  });

  it('at a root that cannot work are refused without the advice to copy', async () => {
    const world = worldOf(good);
    world.store.put('big.bin', { bytes: 101e9 });

    const refusal = await refusalOf(world, { ...request, layout: 'auto' });

    expectOneSentence(refusal, 'move what is not needed');
    expect(refusal).not.toContain('"auto"');
    expect(await allOf(world.store.listObjects('nova/'))).toEqual([]);
  });
});
