import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mediaStore } from '../../../../../lambdas/shared/aws/s3/media-store.ts';
import { inParts } from '../../../../../lambdas/shared/text/upload-parts.ts';
import { allOf } from '../../../../support/all-of.ts';
import { awsError } from '../../../../support/aws-error.ts';
import { startLocalServices } from '../../../../support/local-services.ts';
import { expectOneSentence, messageOfRejection } from '../../../../support/one-sentence.ts';

describe('the media store on a real S3 protocol', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let store: ReturnType<typeof mediaStore>;

  beforeAll(async () => {
    services = await startLocalServices();
    store = mediaStore(services.s3, services.bucket);
  });

  afterAll(async () => {
    await services.close();
  });

  async function* linesOf(count: number, line: string): AsyncGenerator<string> {
    for (let at = 0; at < count; at++) yield `${at}${line}`;
  }

  it('reads back the lines it wrote, over several parts, with the metadata', async () => {
    const line = JSON.stringify({ text: `é\u2028🎬${'x'.repeat(1000)}` });
    const count = 9000;

    await store.writeLines('big.ndjson', linesOf(count, line));

    let at = 0;
    for await (const read of store.readLines('big.ndjson')) {
      if (read !== `${at}${line}`) expect.fail(`line ${at} is ${read.slice(0, 40)}`);
      at += 1;
    }
    expect(at).toBe(count);
    expect((await store.headObject('big.ndjson'))?.bytes).toBeGreaterThan(8 * 1024 * 1024);
  });

  it('reads back lines that it was given as bytes, many at a time, and their metadata', async () => {
    const lines = Array.from({ length: 1000 }, (_, at) => JSON.stringify({ at, text: `é\u2028🎬${'x'.repeat(1000)}` }));

    await store.writeParts('bytes.ndjson', inParts(lines), { 'media-batch-run': 'nightly%201' });

    const batches = await allOf(store.readLineBatches('bytes.ndjson'));
    expect(batches.length).toBeLessThan(50);
    expect(batches.flat()).toEqual(lines);
    expect((await store.headObject('bytes.ndjson'))?.metadata).toEqual({ 'media-batch-run': 'nightly%201' });
  });

  it.each([
    ['the first line', 0],
    ['some lines', 10],
    ['more than a part', 9000],
  ])('leaves neither an object nor an upload when the lines fail after %s', async (_, count) => {
    const line = 'x'.repeat(1000);
    async function* failing(): AsyncGenerator<string> {
      yield* linesOf(count, line);
      throw new Error('the lock is lost');
    }

    await expect(store.writeLines('batch_input_a.jsonl', failing())).rejects.toThrow('the lock is lost');

    expect(await store.headObject('batch_input_a.jsonl')).toBeUndefined();
    const uploads = await services.s3.send(new ListMultipartUploadsCommand({ Bucket: services.bucket }));
    expect(uploads.Uploads ?? []).toEqual([]);
  });

  it('leaves what was there before as it was when the lines fail', async () => {
    await store.writeLines('list.ndjson', linesOf(1, 'old'));
    async function* failing(): AsyncGenerator<string> {
      yield 'new';
      throw new Error('no');
    }

    await expect(store.writeLines('list.ndjson', failing())).rejects.toThrow('no');

    expect(await allOf(store.readLines('list.ndjson'))).toEqual(['0old']);
  });

  it('writes an empty object for no lines', async () => {
    await store.writeLines('empty.ndjson', linesOf(0, ''));

    expect(await store.headObject('empty.ndjson')).toMatchObject({ bytes: 0 });
    expect(await allOf(store.readLines('empty.ndjson'))).toEqual([]);
  });

  it('writes the same value as the same bytes, and reads it back', async () => {
    await store.writeJson('plan.json', { a: ['é', null, 1] });
    const first = await store.headObject('plan.json');
    await store.writeJson('plan.json', { a: ['é', null, 1] });

    expect(await store.headObject('plan.json')).toEqual(first);
    expect(await store.readJson('plan.json')).toEqual({ a: ['é', null, 1] });
    expect(first?.etag).toMatch(/^[0-9a-f]{32}$/);
  });

  it('knows nothing of an object that is not there, and removes it without an error', async () => {
    expect(await store.headObject('nowhere')).toBeUndefined();
    expect(await store.readJson('nowhere')).toBeUndefined();
    await store.deleteObject('nowhere');
    expect(await store.deleteObjects(['nowhere'])).toEqual([]);
    await expect(allOf(store.readLines('nowhere'))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('lists what is under a prefix, whatever the keys look like, and resumes behind one', async () => {
    const keys = ['list/a b.mp4', 'list/a&<c>.mp4', "list/quote's + 100%.mp4", 'list/é🎬.mp4', 'list/z/'];
    for (const key of keys) await store.writeJson(key, 1);
    await store.writeJson('listing/other.mp4', 1);

    const listed = await allOf(store.listObjects('list/'));
    const rest = await allOf(store.listObjects('list/', "list/quote's + 100%.mp4"));

    expect(listed.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(listed[0]).toMatchObject({
      bytes: 2,
      etag: expect.stringMatching(/^[0-9a-f]{32}$/),
      storageClass: undefined,
    });
    expect(rest.map(({ key }) => key)).toEqual(['list/z/', 'list/é🎬.mp4']);
    expect(await store.deleteObjects(keys)).toEqual([]);
    expect(await allOf(store.listObjects('list/'))).toEqual([]);
  });

  it('lets the name of a bucket that is not there through', async () => {
    const nowhere = mediaStore(services.s3, 'no-such-bucket');

    await expect(allOf(nowhere.listObjects(''))).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(nowhere.readJson('a')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('copies, ranges and first writers on a real S3 protocol', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let store: ReturnType<typeof mediaStore>;
  let staging: ReturnType<typeof mediaStore>;

  beforeAll(async () => {
    services = await startLocalServices();
    store = mediaStore(services.s3, services.bucket);
    staging = mediaStore(services.s3, services.stagingBucket);
  });

  afterAll(async () => {
    await services.close();
  });

  async function put(key: string, text: string) {
    const params = { Bucket: services.bucket, Key: key, Body: text, ContentType: 'text/plain', Tagging: 'a=b' };
    const { ETag = '' } = await services.s3.send(new PutObjectCommand(params));
    return { bucket: services.bucket, key, etag: ETag.replaceAll('"', '') };
  }

  it.each([
    'a b.mp4',
    'a,b.mp4',
    'a=b.mp4',
    'a+b.mp4',
    'a%20b.mp4',
    '🎬/é.mp4',
    `${'é'.repeat(510)}.mp4`,
    'a?b#c&d.mp4',
    'a//b.mp4',
    "a'(b)*!.mp4",
  ])('copies %j to another bucket byte for byte, as what it is and whose it is', async (key) => {
    const source = await put(key, `bytes of ${key}`);

    expect(await staging.copyHere(source, 'job/media/copy.mp4', 'video/mp4', { 'media-batch-job': 'job' })).toBe(
      'copied',
    );

    const copy = await services.s3.send(
      new GetObjectCommand({ Bucket: services.stagingBucket, Key: 'job/media/copy.mp4' }),
    );
    expect(await copy.Body?.transformToString()).toBe(`bytes of ${key}`);
    expect(copy).toMatchObject({ ContentType: 'video/mp4', Metadata: { 'media-batch-job': 'job' } });
    expect(copy.TagCount ?? 0).toBe(0);
  });

  it('does not copy what was changed or is gone since it was planned', async () => {
    const source = await put('changing.mp4', 'planned');
    await put('changing.mp4', 'changed');

    expect(await staging.copyHere(source, 'job/changed.mp4', 'video/mp4')).toBe('changed');
    await store.deleteObject('changing.mp4');
    expect(await staging.copyHere(source, 'job/changed.mp4', 'video/mp4')).toBe('gone');
    expect(await staging.headObject('job/changed.mp4')).toBeUndefined();
  });

  it('lets one of several write a plan, and the others read it', async () => {
    const written = await Promise.all([1, 2, 3].map((planner) => store.createJson('plans/plan.json', { planner })));

    expect(written.filter(Boolean)).toHaveLength(1);
    expect(await store.createJson('plans/plan.json', { planner: 4 })).toBe(false);
    expect(await store.readJson('plans/plan.json')).toEqual({ planner: written.indexOf(true) + 1 });
  });

  it('reads the lines of a piece, in bytes of UTF-8', async () => {
    const lines = ['é1', '🎬2', 'c3', 'd4'];
    await store.writeLines(
      'attempts/1.ndjson',
      (async function* () {
        yield* lines;
      })(),
    );
    const bytesOf = (part: string[]) => Buffer.byteLength(part.map((line) => `${line}\n`).join(''));
    const range = { offset: bytesOf(lines.slice(0, 1)), bytes: bytesOf(lines.slice(1, 3)) };

    expect(await allOf(store.readLines('attempts/1.ndjson', range))).toEqual(['🎬2', 'c3']);
    expect(await allOf(store.readLines('attempts/1.ndjson', { offset: 0, bytes: 10_000 }))).toEqual(lines);
  });
});

describe('a large object, read line by line', () => {
  const line = 'x'.repeat(1024 * 1024 - 1);
  const piece = 8;
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let client: S3Client;
  let store: ReturnType<typeof mediaStore>;
  let agent: Agent;
  const ranges: (string | undefined)[] = [];

  beforeAll(async () => {
    services = await startLocalServices();
    agent = new Agent({ keepAlive: true });
    const { credentials, endpoint, region } = services.s3.config;
    client = new S3Client({ credentials, endpoint, region, requestHandler: { httpAgent: agent } });
    client.middlewareStack.add((next) => (args) => {
      if ('Range' in args.input) ranges.push(args.input.Range);
      return next(args);
    });
    store = mediaStore(client, services.bucket);
  });

  beforeEach(() => {
    ranges.length = 0;
  });

  afterAll(async () => {
    client.destroy();
    await services.close();
  });

  async function* lines(count: number): AsyncGenerator<string> {
    for (let at = 0; at < count; at++) yield `${at % 10}${line.slice(1)}`;
  }

  it('has no request open while a line is worked on, however long that takes', async () => {
    await store.writeLines('list.ndjson', lines(2 * piece + 1));

    let count = 0;
    for await (const read of store.readLines('list.ndjson')) {
      await new Promise(setImmediate);
      expect(Object.values(agent.sockets).flat(), `line ${count}`).toEqual([]);
      expect(read.startsWith(`${count % 10}x`)).toBe(true);
      count += 1;
    }

    expect(count).toBe(2 * piece + 1);
    expect(ranges).toEqual(['bytes=0-8388607', 'bytes=8388608-16777215', 'bytes=16777216-17825791']);
  });

  it.each([
    ['to the byte', piece, ['bytes=0-8388607']],
    ['and no lines', 0, ['bytes=0-8388607']],
    ['and a line', piece + 1, ['bytes=0-8388607', 'bytes=8388608-9437183']],
  ])('takes one request for each 8 MiB: %s', async (_, count, requests) => {
    await store.writeLines('list.ndjson', lines(count));

    expect(await allOf(store.readLines('list.ndjson'))).toHaveLength(count);
    expect(ranges).toEqual(requests);
  });

  it('is read in a range no further than that goes', async () => {
    await store.writeLines('list.ndjson', lines(piece + 3));

    const range = { offset: 2 ** 20, bytes: (piece + 1) * 2 ** 20 };
    expect(await allOf(store.readLines('list.ndjson', range))).toHaveLength(piece + 1);
    expect(ranges).toEqual(['bytes=1048576-9437183', 'bytes=9437184-10485759']);
  });

  it('is not taken for whole when less of it came than S3 had said', async () => {
    const short = mockClient(new S3Client({ region: 'us-east-1' }));
    const Body = Readable.from([Buffer.from('a line\n')]) as never;
    short.on(GetObjectCommand).resolves({ Body, ContentLength: 8, ContentRange: 'bytes 0-7/8' });

    const reading = allOf(mediaStore(short as never, 'media-bucket').readLines('list.ndjson'));

    const message = await messageOfRejection(reading, 'Throttled');
    expectOneSentence(message, 'S3 returned 7 bytes of object list.ndjson, expected 8');
  });

  it('is not read on as another one when it is replaced meanwhile', async () => {
    await store.writeLines('list.ndjson', lines(piece + 1));
    const reading = store.readLines('list.ndjson');
    await reading.next();

    await store.writeLines('list.ndjson', lines(piece + 2));

    const message = await messageOfRejection(allOf(reading), 'Throttled');
    expectOneSentence(message, 'Object list.ndjson was replaced while it was read');
  });
});

describe('what the media store sends', () => {
  const client = new S3Client({ region: 'us-east-1' });
  const s3 = mockClient(client);
  const store = mediaStore(client, 'media-bucket');

  beforeEach(() => {
    s3.reset();
  });

  it('asks for every page of a listing, as one S3 page of 1,000 keys is not the bucket', async () => {
    const LastModified = new Date(0);
    const pages = [
      { Contents: [{ Key: 'a', Size: 1, ETag: '"e1"', LastModified }], NextContinuationToken: 't1', IsTruncated: true },
      { NextContinuationToken: 't2', IsTruncated: true },
      { Contents: [{ Key: 'b', Size: 2, ETag: '"e2-3"', LastModified, StorageClass: 'GLACIER' }] },
    ];
    const asked: object[] = [];
    s3.on(ListObjectsV2Command).callsFake((input: object) => {
      asked.push({ ...input });
      return pages.shift();
    });

    expect(await allOf(store.listObjects('p/', 'p/0'))).toEqual([
      { key: 'a', bytes: 1, etag: 'e1', lastModified: LastModified, storageClass: undefined },
      { key: 'b', bytes: 2, etag: 'e2-3', lastModified: LastModified, storageClass: 'GLACIER' },
    ]);
    expect(asked).toEqual([
      { Bucket: 'media-bucket', Prefix: 'p/', StartAfter: 'p/0' },
      { Bucket: 'media-bucket', Prefix: 'p/', StartAfter: 'p/0', ContinuationToken: 't1' },
      { Bucket: 'media-bucket', Prefix: 'p/', StartAfter: 'p/0', ContinuationToken: 't2' },
    ]);
  });

  it('removes 2,500 keys with three requests and says which stayed and why', async () => {
    s3.on(DeleteObjectsCommand)
      .resolvesOnce({})
      .resolvesOnce({
        Errors: [
          { Key: 'k1500', Code: 'AccessDenied', Message: 'Access Denied' },
          { Key: 'k1501', Code: 'InternalError' },
        ],
      })
      .resolves({});
    const keys = Array.from({ length: 2500 }, (_, at) => `k${at}`);

    const failures = await store.deleteObjects(keys);

    expect(failures).toEqual([
      { key: 'k1500', reason: 'Access Denied' },
      { key: 'k1501', reason: 'InternalError' },
    ]);
    const sent = s3.commandCalls(DeleteObjectsCommand).map((call) => call.args[0].input);
    expect(sent.map(({ Delete }) => Delete?.Objects?.length)).toEqual([1000, 1000, 500]);
    expect(sent.map(({ Bucket, Delete }) => [Bucket, Delete?.Quiet])).toEqual(Array(3).fill(['media-bucket', true]));
    expect(sent.flatMap(({ Delete }) => Delete?.Objects ?? []).map(({ Key }) => Key)).toEqual(keys);
  });

  it('sends nothing for no keys', async () => {
    expect(await store.deleteObjects([])).toEqual([]);
    expect(s3.calls()).toHaveLength(0);
  });

  it('gives each object its type', async () => {
    s3.on(PutObjectCommand).resolves({});

    await store.writeJson('a.json', { b: 1 });

    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: 'media-bucket',
      Key: 'a.json',
      Body: '{\n  "b": 1\n}\n',
      ContentType: 'application/json',
    });
  });

  it.each([
    ['HeadObject', () => s3.on(HeadObjectCommand).rejects(awsError('Forbidden', 403)), () => store.headObject('a')],
    ['GetObject', () => s3.on(GetObjectCommand).rejects(awsError('AccessDenied', 403)), () => store.readJson('a')],
  ])('does not take a refused %s for an object that is not there', async (_, refuse, read) => {
    refuse();

    await expect(read()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  it('asks for patience where another writes the same key at this moment', async () => {
    s3.on(PutObjectCommand).rejects(awsError('ConditionalRequestConflict', 409));

    await expect(store.createJson('plan.json', {})).rejects.toMatchObject({ name: 'Throttled' });
  });

  it('lets a refused copy through: it is neither changed nor gone', async () => {
    s3.on(CopyObjectCommand).rejects(awsError('AccessDenied', 403));

    await expect(store.copyHere({ bucket: 'b', key: 'k', etag: 'e' }, 'c', 'video/mp4')).rejects.toThrow(
      'AccessDenied',
    );
  });

  it('does not take an answer without a stream for an object without lines', async () => {
    s3.on(GetObjectCommand).resolves({});

    await expect(allOf(store.readLines('a.ndjson'))).rejects.toThrow('a.ndjson');
  });
});
