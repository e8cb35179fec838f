import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadResults } from '../../../../lib/cli/results/download-results.ts';
import { realClock } from '../../../../lib/local-aws/clock.ts';
import { startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import { s3Service } from '../../../../lib/local-aws/s3/service.ts';
import { localConnection } from '../../../../lib/program/connection.ts';
import { administrator } from '../../../support/administrator.ts';

const Bucket = 'media';
const records = { submitted: 3, succeeded: 1, failed: 1, missing: 1 };
const resultsUri = `s3://${Bucket}/out/results/`;
const outcome = { runId: 'r1', records, resultsUri, resultsListUri: `s3://${Bucket}/out/runs/r1/results.ndjson` };
const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'download-results-'));
let s3: S3Client;
let stop: () => Promise<void>;
let out: string;

beforeAll(async () => {
  const clock = realClock();
  const local = s3Service({ dataFolder: join(folder, 'data'), clock });
  const endpoint = await startEndpoint(0, clock, { s3: local.service }, administrator());
  s3 = new S3Client({ ...localConnection(endpoint.url).client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  stop = async () => {
    s3.destroy();
    await endpoint.close();
    local.close();
    rmSync(folder, { recursive: true });
  };
});
afterAll(() => stop());
beforeEach(() => {
  out = mkdtempSync(join(folder, 'out-'));
});

const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const list = (...entries: [key: string, outcome: 'succeeded' | 'failed' | 'missing'][]) =>
  put(
    'out/runs/r1/results.ndjson',
    entries
      .map(([key, became]) => ({
        outcome: became,
        resultUri: became === 'succeeded' ? `${resultsUri}summary/${key}.json` : undefined,
      }))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  );
const files = () =>
  readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.'))
    .sort();

describe('the results of a run', () => {
  it('are downloaded by its list: what succeeded, and nothing of other runs', async () => {
    await put('out/results/summary/a/one.mp4.json', '{"text":"one"}');
    await put('out/results/summary/two.mp4.json', '{"text":"of an earlier run"}');
    await put('out/results/summary/other.mp4.json', '{"text":"of another run"}');
    await list(['a/one.mp4', 'succeeded'], ['two.mp4', 'failed'], ['three.mp4', 'missing']);

    expect(await downloadResults(s3, outcome, out, never)).toEqual({ files: 2, gone: [] });

    expect(files()).toEqual(['results.ndjson', join('summary', 'a', 'one.mp4.json')]);
    expect(readFileSync(join(out, 'summary/a/one.mp4.json'), 'utf8')).toBe('{"text":"one"}');
  });

  it('are downloaded by its list, with variants and without records that have no result, beside it', async () => {
    await put('out/results/summary/a.mp4.json', 'a');
    await put('out/results/summary/a.mp4.abcdef01.json', 'b');
    const lines = [
      { outcome: 'succeeded', resultUri: `s3://${Bucket}/out/results/summary/a.mp4.json` },
      { outcome: 'succeeded', resultUri: `s3://${Bucket}/out/results/summary/a.mp4.abcdef01.json` },
      { outcome: 'succeeded', key: 'my-1', analysis: 'records' },
      { outcome: 'failed' },
    ];
    await put('out/runs/r1/results.ndjson', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await put('out/runs/r1/results.csv', 'key,analysis\n');
    const listed = { ...outcome, resultsCsvUri: `s3://${Bucket}/out/runs/r1/results.csv` };

    expect(await downloadResults(s3, listed, out, never)).toEqual({ files: 4, gone: [] });

    const summaries = ['a.mp4.abcdef01.json', 'a.mp4.json'].map((name) => join('summary', name));
    expect(files()).toEqual(['results.csv', 'results.ndjson', ...summaries]);
    expect(readFileSync(join(out, 'results.csv'), 'utf8')).toBe('key,analysis\n');
  });

  it('have the report beside them, whose links lead to them', async () => {
    await put('out/results/summary/a/one.mp4.json', 'a');
    await put(
      'out/runs/r1/report.html',
      '<!doctype html><html lang="en" data-results="console"><p>data-results="console"</p>',
    );
    await list(['a/one.mp4', 'succeeded']);

    await downloadResults(s3, { ...outcome, reportUri: `s3://${Bucket}/out/runs/r1/report.html` }, out, never);

    expect(files()).toEqual(['report.html', 'results.ndjson', join('summary', 'a', 'one.mp4.json')]);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(
      '<!doctype html><html lang="en" data-results="beside"><p>data-results="console"</p>',
    );
  });

  it('are none, without an error, if nothing succeeded and there is no list', async () => {
    const none = { ...outcome, records: { ...records, succeeded: 0 }, resultsListUri: undefined };

    expect(await downloadResults(s3, none, out, never)).toEqual({ files: 0, gone: [] });
  });

  it('are refused if there are answers and no list', async () => {
    await expect(downloadResults(s3, { ...outcome, resultsListUri: undefined }, out, never)).rejects.toThrow(
      `Run r1 has no list of its results, because parts of it were removed from the bucket: see ${resultsUri}.`,
    );
  });

  it('replace the files of an earlier download', async () => {
    await put('out/results/summary/a/one.mp4.json', 'new');
    await list(['a/one.mp4', 'succeeded']);
    await downloadResults(s3, outcome, out, never);
    writeFileSync(join(out, 'summary/a/one.mp4.json'), 'old and longer');

    await downloadResults(s3, outcome, out, never);

    expect(readFileSync(join(out, 'summary/a/one.mp4.json'), 'utf8')).toBe('new');
  });

  it.each(['../../escaped.mp4', 'a/../../../escaped.mp4', '../../../../../../../../tmp/escaped.mp4'])(
    'never leave the folder, whatever the key: %j',
    async (key) => {
      await put(`out/results/summary/${key}.json`, 'x');
      await list([key, 'succeeded']);

      await expect(downloadResults(s3, outcome, join(out, 'inner'), never)).rejects.toThrow('would be outside');

      expect(files().filter((name) => name !== join('inner', 'results.ndjson'))).toEqual([]);
    },
  );

  it('say which file could not be written', async () => {
    await put('out/results/summary/one.mp4.json', 'x');
    await list(['one.mp4', 'succeeded']);
    writeFileSync(join(out, 'summary'), 'a file where a folder has to be');

    await expect(downloadResults(s3, outcome, out, never)).rejects.toThrow(
      /^The result .*one\.mp4\.json cannot be written \(.+\): choose another folder\.$/,
    );
  });

  it('come without those that are gone, which are returned', async () => {
    const keys = Array.from({ length: 7 }, (_, at) => `gone-${at}.mp4`);
    await put('out/results/summary/here.mp4.json', 'x');
    await list(...[...keys, 'here.mp4'].map((key): [string, 'succeeded'] => [key, 'succeeded']));

    const { files: downloaded, gone } = await downloadResults(s3, outcome, out, never);

    expect(downloaded).toBe(2);
    expect(gone.sort()).toEqual(keys.map((key) => `out/results/summary/${key}.json`));
    expect(files()).toEqual(['results.ndjson', join('summary', 'here.mp4.json')]);
  });

  it('come after the lists and the report, which are there even if a result cannot be written', async () => {
    await put('out/results/summary/one.mp4.json', 'x');
    const line = { outcome: 'succeeded', resultUri: `s3://${Bucket}/out/results/summary/one.mp4.json` };
    await put('out/runs/r1/results.ndjson', `${JSON.stringify(line)}\n`.repeat(20));
    await put('out/runs/r1/report.html', '<!doctype html>');
    const listed = { ...outcome, reportUri: `s3://${Bucket}/out/runs/r1/report.html` };
    writeFileSync(join(out, 'summary'), 'a file where a folder has to be');

    await expect(downloadResults(s3, listed, out, never)).rejects.toThrow('cannot be written');

    expect(files()).toEqual(['report.html', 'results.ndjson']);
  });

  it('fail with the error of S3 if the bucket is gone', async () => {
    const elsewhere = { ...outcome, resultsUri: 's3://no-such-bucket/out/results/' };

    await expect(downloadResults(s3, elsewhere, out, never)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('stop when the command is interrupted', async () => {
    await put('out/results/summary/one.mp4.json', 'x');
    await list(['one.mp4', 'succeeded']);
    const interruption = new AbortController();
    interruption.abort(new Error('Ctrl-C'));

    await expect(downloadResults(s3, outcome, out, interruption.signal)).rejects.toBe(interruption.signal.reason);
  });
});
