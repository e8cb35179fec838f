import { DeleteBucketCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';

const clip = 'proxies/C0126_33938_720p15.MP4';

describe('bad input', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await startLocalStack();
    await stack.put(clip, 'not read before it is sent');
    await stack.put('odd/with space.mp4', 'x');
    await stack.put('odd/clip.avi', 'x', 'video/x-msvideo');
    await stack.put('notes/readme.txt', 'x', 'text/plain');
  });
  afterAll(() => stack.close());
  afterEach(async () => {
    expect(await stack.inputs()).toEqual([]);
  });

  const media = { keys: [clip] };
  it.each([
    ['an unknown field', { media, prefix: 'proxies/' }, ['"prefix"', 'media']],
    ['an unknown field inside', { media: { prefix: ['proxies/'] } }, ['"media.prefix"', 'prefixes']],
    ['neither media nor records', { analyses: ['summary'] }, ['media', 'prefixes']],
    ['no object', 'proxies/', ['"proxies/"', 'media']],
    ['a prefix with no media', { media: { prefixes: ['nothing/'] } }, ['"nothing/"', 'spelling']],
    [
      'a prefix without media',
      { media: { prefixes: ['notes/'] } },
      ['"notes/"', 'none of them media that can be analysed'],
    ],
    ['a key that does not exist', { media: { keys: ['proxies/none.mp4'] } }, ['"proxies/none.mp4"', 'spelling']],
    ['media in another bucket', { media: { keys: ['s3://other-bucket/a.mp4'] } }, ['other-bucket', 'bucketName']],
    ['an unsupported format', { media: { keys: ['odd/clip.avi'] } }, ['odd/clip.avi', 'mp4', 'convert']],
    ['a model without batch', { media, model: 'amazon.titan-tg1-large' }, ['amazon.titan-tg1-large', 'nova-lite']],
    [
      'a model that is not deployed',
      { media, model: 'us.amazon.nova-pro-v1:0' },
      ['us.amazon.nova-pro-v1:0', '-c models='],
    ],
    ['a job name with an underscore', { media, name: 'my_job' }, ['"my_job"', 'no "_"']],
    ['too few records', { media, belowMinimum: 'fail' }, ['1 records', '100']],
    ['a timeout out of range', { media, timeoutHours: 200 }, ['timeoutHours', '168']],
    ['an unknown analysis', { media, analyses: ['sumary'] }, ['"sumary"', 'summary, chapters, elements']],
    [
      'an unknown placeholder',
      { media, analyses: [{ name: 'a', prompt: 'See {{file}}' }] },
      ['{{file}}', '{{filename}}'],
    ],
  ])('refuses %s in one sentence', async (_, request, mentions) => {
    const ended = await stack.run(request);

    expect(ended).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    for (const mention of mentions) expect(ended.cause).toContain(mention);
    expect(ended.cause).toMatch(/^[^\n]+\.$/);
    const outcome = JSON.parse(await stack.readText(`nova/batch/runs/${ended.runId}/outcome.json`));
    expect(outcome).toMatchObject({ status: 'Refused', reason: ended.cause, records: { submitted: 0 } });
  });

  it('leaves no part of a long plan that is refused at its last object', async () => {
    // 18,000 records with keys of 900 bytes: more than the first two parts of the list, with which its upload begins.
    const analyses = Array.from({ length: 40 }, (_, at) => ({ name: `question-${at}`, prompt: `Question ${at}?` }));
    const keys = Array.from(
      { length: 450 },
      (_, at) => `many/${'long-'.repeat(176)}${String(at).padStart(4, '0')}.mp4`,
    );
    await pMap([...keys, 'many/zz.avi'], (key) => stack.put(key, 'x'), { concurrency: 16 });

    const ended = await stack.run({ media: { prefixes: ['many/'] }, analyses });

    expect(ended).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(ended.cause).toContain('"many/zz.avi"');
    const { Uploads = [] } = await stack.s3.send(new ListMultipartUploadsCommand({ Bucket: stack.aws.bucket }));
    expect(Uploads).toEqual([]);
    expect(await stack.keys(`nova/batch/runs/${ended.runId}/`)).toEqual([
      `nova/batch/runs/${ended.runId}/outcome.json`,
      `nova/batch/runs/${ended.runId}/report.html`,
    ]);
  });

  it('refuses somebody else’s .jsonl by its name, and leaves it alone', async () => {
    await stack.put('exports/2026/list.jsonl', '{"theirs":true}\n', 'application/jsonl');

    const ended = await stack.run({ media });

    expect(ended).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(ended.cause).toContain('"exports/2026/list.jsonl"');
    expect(await stack.readText('exports/2026/list.jsonl')).toBe('{"theirs":true}\n');
    await stack.remove('exports/2026/list.jsonl');
  });
});

it('refuses to run without its bucket, in one sentence that names it', async () => {
  const stack = await startLocalStack();
  await stack.s3.send(new DeleteBucketCommand({ Bucket: stack.aws.bucket }));

  const ended = await stack.run({ media: { prefixes: ['proxies/'] } });

  expect(ended).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
  expect(ended.cause).toMatch(
    new RegExp(`^Bucket ${stack.aws.bucket}, for which this stack was deployed, does not exist: [^\n]+\\.$`),
  );
  await stack.close();
});
