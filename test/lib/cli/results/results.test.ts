import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadWithProgress } from '../../../../lib/cli/results/download-with-progress.ts';
import { printList } from '../../../../lib/cli/results/results.ts';
import { localConnection } from '../../../../lib/program/connection.ts';
import { capturedContext } from '../captured-context.ts';
import { sampleOutcome } from '../samples.ts';

const line = (at: number) =>
  JSON.stringify({
    key: `${at}.mp4`,
    outcome: 'succeeded',
    resultUri: `s3://media-1/nova/batch/results/summary/${at}.mp4.json`,
  });
const list = Array.from({ length: 120 }, (_, at) => `${line(at)}\n`).join('');
const few = list.split('\n').slice(0, 20).join('\n');
const outcome = sampleOutcome({ resultsListUri: 's3://media-1/runs/results.ndjson' });
const fewOutcome = sampleOutcome({ resultsListUri: 's3://media-1/few/results.ndjson' });
const folder = mkdtempSync(join(tmpdir(), 'media-batch-results-'));
let hanging = '';
let isGone = (_url: string) => false;
let onHanging = () => {};

/** A bucket with a list of 120 results, or of the first 20,, of which one never comes to its end. */
const server = createServer((request, response) => {
  const isList = request.url?.includes('results.ndjson') ?? false;
  if (isGone(request.url ?? '')) {
    response.writeHead(404);
    return response.end('<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>');
  }
  const isShort = request.url?.includes('few') ?? false;
  const body = isList ? (isShort ? few : list) : '{"text":"x"}';
  response.writeHead(200, { 'content-length': Buffer.byteLength(body), etag: '"e"' });
  if (hanging === '' || !request.url?.includes(hanging)) return response.end(body);
  response.write(body.slice(0, 3));
  onHanging();
});
let s3: S3Client;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The bucket listens on no TCP port.');
  s3 = new S3Client({ ...localConnection(`http://127.0.0.1:${address.port}`).client, forcePathStyle: true });
});
afterAll(() => {
  s3.destroy();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe('the download of results', () => {
  it('shows its progress: a line for a hundred files, in place on a terminal', async () => {
    const [plain, terminal] = [capturedContext(), capturedContext({ isTerminal: true })];
    const out = join(folder, 'whole');

    expect(await downloadWithProgress(s3, outcome, out, plain.context)).toBe(true);
    expect(await downloadWithProgress(s3, fewOutcome, out, terminal.context)).toBe(true);

    expect(plain.written.err).toBe(`downloaded 100 of 120\n121 files in ${out}\n`);
    expect(terminal.written.err).toContain('\r\u001b[2Kdownloading 7 of 120');
    expect(terminal.written.err.endsWith(`\r\u001b[2K21 files in ${out}\n`)).toBe(true);
  });

  it('continues past results that are gone, and names the first of them at its end', async () => {
    const { context, written } = capturedContext();
    const out = join(folder, 'gone');
    isGone = (url) => /\/1\d\.mp4\.json/.test(url);

    const ended = downloadWithProgress(s3, fewOutcome, out, context).then(() => new Error('None was gone.'));

    const { message } = await ended.finally(() => (isGone = () => false)).catch((error: Error) => error);
    expect(message).toMatch(
      /^10 files of the run are gone from the bucket \(nova\/batch\/results\/summary\/1\d\.mp4\.json, .+ and 5 more\)/,
    );
    expect(message).toMatch(/: the other 11 are in .+gone, and a new run over the same media writes them again\.$/);
    expect(written.err).toBe(`11 files in ${out}\n`);
    expect(readdirSync(join(out, 'summary'))).toHaveLength(10);
  });

  it('leaves only complete files when it is interrupted, and says so', async () => {
    const { context, written, interrupt } = capturedContext();
    const out = join(folder, 'part');
    hanging = '/30.mp4.json';
    onHanging = interrupt;

    expect(await downloadWithProgress(s3, outcome, out, context)).toBe(false);

    hanging = '';
    expect(written.err).toContain(`Interrupted: the files in ${out} are complete, and others are missing;`);
    expect(readdirSync(join(out, 'summary')).filter((name) => !/^\d+\.mp4\.json$/.test(name))).toEqual([]);
    expect(readdirSync(join(out, 'summary'))).not.toContain('30.mp4.json');
  });
});

describe('the list of results', () => {
  it('ends when its reader is gone', async () => {
    const { context, written } = capturedContext();
    const out = { ...context.output.out, isRead: async () => false };

    expect(await printList(s3, outcome, { ...context, output: { ...context.output, out } })).toBe(0);

    expect(written.out).toBe(`${line(0)}\n`);
  });

  it('is refused if parts of it were removed', async () => {
    const { context } = capturedContext();

    await expect(printList(s3, { ...outcome, resultsListUri: undefined }, context)).rejects.toThrow(
      'Run run-1 has no list of its results',
    );
  });
});
