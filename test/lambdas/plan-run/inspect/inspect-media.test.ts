import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { headerReader } from '../../../../lambdas/plan-run/inspect/header-reader.ts';
import { type InspectedMedia, inspectMedia } from '../../../../lambdas/plan-run/inspect/inspect-media.ts';
import { mediaFactsTable } from '../../../../lambdas/shared/aws/dynamodb/media-facts-table.ts';
import { rangeReader } from '../../../../lambdas/shared/aws/s3/object-range.ts';
import { awsError } from '../../../support/aws-error.ts';
import { sampleMediaFolder } from '../../../support/clips.ts';
import { sampleImageFolder } from '../../../support/images.ts';
import { startLocalServices } from '../../../support/local-services.ts';
import { movie } from '../../../support/video-files.ts';

/** One worker for all, as the function has it. */
const headers = headerReader();

describe('inspecting media', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let requests: { key?: string; range?: string }[];

  beforeAll(async () => {
    services = await startLocalServices();
    services.s3.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const input = Object(args.input);
          if (commandName === GetObjectCommand.name) requests.push({ key: input.Key, range: input.Range });
          return next(args);
        },
      { step: 'initialize' },
    );
  });
  beforeEach(() => {
    requests = [];
  });
  afterAll(() => services.close());

  const dependencies = () => ({
    readRange: rangeReader(services.s3, services.bucket),
    facts: mediaFactsTable(services.dynamodb, services.tableName, () => Date.UTC(2026, 10, 2)),
    headers,
  });

  async function put(key: string, body: Buffer | string): Promise<InspectedMedia> {
    const { ETag = '' } = await services.s3.send(
      new PutObjectCommand({ Bucket: services.bucket, Key: key, Body: body }),
    );
    return { key, etag: ETag.replaceAll('"', ''), bytes: Buffer.byteLength(body) };
  }

  it('reads a few kilobytes of each file, and of none that it has seen, whatever it is called', async () => {
    const clip = readFileSync(join(sampleMediaFolder, 'source_files/MVI_4471.mov'));
    const media = [
      await put('a/ü 1.mov', clip),
      await put('still.png', readFileSync(join(sampleImageFolder, 'stills/C0126_33938_frame.png'))),
      await put('large.mp4', Buffer.concat([movie({ seconds: 70, isFirst: true }).content, Buffer.alloc(3_000_000)])),
    ];
    const facts = [
      { format: 'mov', seconds: 3.92 },
      { format: 'png', pixels: { width: 160, height: 90 } },
      { format: 'mp4', seconds: 70 },
    ];

    expect(await inspectMedia(media, dependencies())).toEqual(facts);
    expect(requests.map(({ key }) => key).sort()).toEqual(['a/ü 1.mov', 'a/ü 1.mov', 'large.mp4', 'still.png']);
    expect(requests).toContainEqual({ key: 'large.mp4', range: 'bytes=0-4095' });

    requests = [];
    const again = [...media, await put('copy.mov', clip)];
    expect(await inspectMedia(again, dependencies())).toEqual([...facts, facts[0]]);
    expect(requests).toEqual([]);
  });

  it('remembers for a while what a file is, also where it is none that Bedrock takes', async () => {
    const media = [
      await put('broken.mp4', 'this was never a video'),
      await put('old.flv', 'FLV\x01 and so on, of any length'),
    ];
    const known = [{ otherFormat: 'a text file' }, { format: 'flv' }];

    expect(await inspectMedia(media, dependencies())).toEqual(known);
    expect(requests).toHaveLength(2);
    expect(await inspectMedia(media, dependencies())).toEqual(known);
    expect(requests).toHaveLength(2);
    const { Items = [] } = await services.dynamodb.send(new ScanCommand({ TableName: services.tableName }));
    expect(new Set(Items.map(({ expiresAt }) => expiresAt?.N))).toEqual(
      new Set([String(Date.UTC(2027, 0, 31) / 1000)]),
    );
  });

  it('knows nothing of what is gone or another by now, and looks again the next time', async () => {
    const content = movie({ seconds: 9, isFirst: true }).content;
    const gone = await put('gone.mp4', content);
    const changed = await put('changed.mp4', Buffer.concat([content, Buffer.from('1')]));
    await services.s3.send(new DeleteObjectCommand({ Bucket: services.bucket, Key: 'gone.mp4' }));
    await put('changed.mp4', Buffer.concat([movie({ seconds: 8, isFirst: true }).content, Buffer.from('2')]));

    expect(await inspectMedia([gone, changed], dependencies())).toEqual([undefined, undefined]);

    await put('gone.mp4', content);
    expect(await inspectMedia([gone], dependencies())).toEqual([{ format: 'mp4', seconds: 9 }]);
  });

  it('knows nothing of what S3 refuses to read for good', async () => {
    const media = await put('locked.mp4', movie({ seconds: 11, isFirst: true }).content);
    const refusal = { name: 'KMS.DisabledException', $fault: 'client', $metadata: { httpStatusCode: 400 } } as const;
    const s3 = new S3Client({ region: 'us-east-1' });
    s3.middlewareStack.add(() => () => Promise.reject(new S3ServiceException(refusal)), { step: 'initialize' });
    const readRange = rangeReader(s3, services.bucket);

    expect(await inspectMedia([media], { ...dependencies(), readRange })).toEqual([undefined]);
  });

  it('ends with what S3 says where a repeat may succeed, and remembers nothing of it', async () => {
    const media = await put('slow.mkv', readFileSync(join(sampleMediaFolder, 'proxies/screen-capture-2026-09-02.mkv')));
    const readRange = () => Promise.reject(awsError('SlowDown', 503, 'Please reduce your request rate.'));

    await expect(inspectMedia([media], { ...dependencies(), readRange })).rejects.toThrow('Please reduce');
    expect(await inspectMedia([media], dependencies())).toEqual([{ format: 'mkv', seconds: 10.5 }]);
  });

  it('looks into more than the table gives at once, in their order', async () => {
    const media = Array.from({ length: 230 }, (_, at): InspectedMedia => {
      return { key: `${at}.mp4`, etag: `e${at}`, bytes: 1_000_000 + at };
    });
    const asked: number[] = [];
    const facts = {
      readFacts: async (some: readonly object[]) => {
        asked.push(some.length);
        return some.map(() => undefined);
      },
      writeFacts: async () => {},
    };
    const readRange = async ({ key }: { key: string }) =>
      movie({ seconds: Number.parseInt(key, 10) + 1, isFirst: true }).content.subarray(0, 4096);

    const found = await inspectMedia(media, { facts, readRange, headers });

    expect(found.map((header) => header?.seconds)).toEqual(media.map((_, at) => at + 1));
    expect(asked).toEqual([100, 100, 30]);
  });

  it('reads no further files after many that took all their time, and remembers only those', async () => {
    const media = Array.from({ length: 300 }, (_, at) => ({ key: `${at}.mp4`, etag: `e${at}`, bytes: 1000 }));
    const written: object[] = [];
    const facts = {
      readFacts: async (some: readonly object[]) => some.map(() => undefined),
      writeFacts: async (_: object, header: object) => void written.push(header),
    };
    const given = { readRange: async () => undefined, facts, headers: { read: async () => undefined } };
    const loss = { givenUp: 0 };

    const found = await inspectMedia(media, given, loss);

    expect(loss.givenUp).toBeGreaterThanOrEqual(30);
    expect(loss.givenUp).toBeLessThan(62);
    expect(written).toEqual(new Array(loss.givenUp).fill({ isUnfinished: true }));
    expect(found.filter((header) => header === undefined)).toHaveLength(300 - loss.givenUp);
    expect(await inspectMedia(media, given, loss)).toEqual(new Array(300).fill(undefined));
  });
});
