import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onUploadInputSchema } from '../../../lambdas/on-upload/events.ts';
import { type OnUploadDependencies, onUpload } from '../../../lambdas/on-upload/on-upload.ts';
import { runIdFor } from '../../../lambdas/on-upload/start-request.ts';
import { triggerTable } from '../../../lambdas/shared/aws/dynamodb/trigger-table.ts';
import { startLocalServices } from '../../support/local-services.ts';
import { memoryExecutions } from '../../support/memory-executions.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { expectOneSentence } from '../../support/one-sentence.ts';

const request = { media: { prefixes: ['proxies/'] }, analyses: ['summary'] };
const minute = 60_000;

describe('an upload', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let store: ReturnType<typeof memoryStore>;
  let executions: ReturnType<typeof memoryExecutions>;
  let dependencies: OnUploadDependencies;
  let now = Date.parse('2026-11-02T10:00:00Z');
  let sequencer = 0;

  beforeAll(async () => {
    services = await startLocalServices();
  });
  afterAll(() => services.close());
  beforeEach(() => {
    store = memoryStore();
    executions = memoryExecutions();
    now += 24 * 60 * minute;
    dependencies = {
      ...{ store, executions, stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:Runs' },
      table: triggerTable(services.dynamodb, services.tableName, () => now),
      prefixes: {
        outputPrefix: 'nova/batch/output/',
        runsPrefix: 'nova/batch/runs/',
        resultsPrefix: 'nova/batch/results/',
        stagingPrefix: 'nova/batch/staging/',
      },
      requestsPrefix: 'requests/',
      uploadPrefixes: ['proxies/', ''],
      now: () => now,
    };
  });

  /** The event of an upload that has just been made. */
  async function uploaded(key: string, text: string, size = text.length) {
    store.put(key, { text });
    const etag = (await store.headObject(key))?.etag ?? '';
    const object = { key, size, etag, sequencer: (++sequencer).toString(16).padStart(18, '0') };
    return onUploadInputSchema.parse({
      'detail-type': 'Object Created',
      detail: { bucket: { name: store.bucket }, object },
    });
  }
  const errorBeside = (key: string) => store.textOf(`${key}.error.txt`)?.text;

  describe('of a request', () => {
    it('starts its run', async () => {
      const done = await onUpload(await uploaded('requests/Monday list.json', JSON.stringify(request)), dependencies);

      expect(done).toEqual({ action: 'started', runId: expect.stringMatching(/^Monday-list-[0-9a-f]{16}$/) });
      expect(executions.started).toEqual([{ name: done.runId, input: request }]);
    });

    it('starts one, however often its event comes', async () => {
      const event = await uploaded('requests/a.json', JSON.stringify(request));

      const first = await onUpload(event, dependencies);
      const second = await onUpload(event, dependencies);

      expect(second).toEqual(first);
      expect(executions.started).toHaveLength(1);
    });

    it('starts another when the same file is uploaded again', async () => {
      await onUpload(await uploaded('requests/a.json', JSON.stringify(request)), dependencies);
      await onUpload(await uploaded('requests/a.json', JSON.stringify(request)), dependencies);

      expect(new Set(executions.started.map(({ name }) => name)).size).toBe(2);
    });

    it.each([
      ['no JSON', '{"media": }', /is not JSON \(line 1, column 11/],
      ['an unknown field', '{"medias":{"prefixes":["proxies/"]}}', /unknown field "medias"/],
      ['a resume, which only recovery may start', '{"resume":"run-1"}', /unknown field "resume"/],
      ['an empty file', '', /is not JSON/],
      ['a list', '[]', /expected an object/],
    ])('is refused beside it for %s', async (_what, text, sentence) => {
      const done = await onUpload(await uploaded('requests/bad.json', text), dependencies);

      expect(done.action).toBe('refused');
      expect(errorBeside('requests/bad.json')).toMatch(sentence);
      expectOneSentence(done.reason ?? '');
      expect(executions.started).toEqual([]);
    });

    it('is not read when it is too long to start anything', async () => {
      const done = await onUpload(await uploaded('requests/long.json', '{}', 300_000), dependencies);

      expect(done.reason).toMatch(/300000 bytes, expected at most 258048/);
    });

    it('removes the error file of a request that has been corrected', async () => {
      await onUpload(await uploaded('requests/a.json', '{'), dependencies);
      expect(errorBeside('requests/a.json')).toBeDefined();

      await onUpload(await uploaded('requests/a.json', JSON.stringify(request)), dependencies);

      expect(errorBeside('requests/a.json')).toBeUndefined();
    });

    it('is left to the later upload when it was replaced before it was read', async () => {
      const early = await uploaded('requests/a.json', JSON.stringify(request));
      const late = await uploaded('requests/a.json', JSON.stringify({ ...request, retries: 0 }));

      expect(await onUpload(early, dependencies)).toMatchObject({ action: 'none' });
      expect(await onUpload(late, dependencies)).toMatchObject({ action: 'started' });
      expect(executions.started.map(({ input }) => input)).toEqual([{ ...request, retries: 0 }]);
    });

    it('starts nothing when it was removed before it was read', async () => {
      const event = await uploaded('requests/a.json', JSON.stringify(request));
      await store.deleteObject('requests/a.json');

      expect(await onUpload(event, dependencies)).toMatchObject({ action: 'none' });
      expect(errorBeside('requests/a.json')).toBeUndefined();
    });

    const ended = (run: string, status: string) =>
      onUploadInputSchema.parse({
        'detail-type': 'Run Ended',
        detail: {
          ...{ runId: run, stackName: 'MediaBatch', status, reason: 'It costs too much.', outcomeKey: 'o' },
          records: { submitted: 0, succeeded: 0, failed: 0, missing: 0 },
          cost: { batchUsd: 0 },
        },
      });

    it('keeps what its refused run left beside it when its event comes once more', async () => {
      const event = await uploaded('requests/late.json', JSON.stringify(request));
      const { runId = '' } = await onUpload(event, dependencies);
      await onUpload(ended(runId, 'Refused'), dependencies);

      await onUpload(event, dependencies);

      expect(errorBeside('requests/late.json')).toBe('It costs too much.\n');
    });

    it('gets no error file for an earlier upload once a later one has started its run', async () => {
      const early = await uploaded('requests/twice.json', JSON.stringify(request));
      const { runId: first = '' } = await onUpload(early, dependencies);
      const late = await uploaded('requests/twice.json', JSON.stringify(request));
      const { runId: second = '' } = await onUpload(late, dependencies);
      // The same bytes, so that the first event may still come and be read.
      await onUpload(early, dependencies);

      expect(await onUpload(ended(first, 'Refused'), dependencies)).toMatchObject({ action: 'none' });
      expect(errorBeside('requests/twice.json')).toBeUndefined();
      await onUpload(ended(second, 'Refused'), dependencies);
      expect(errorBeside('requests/twice.json')).toBeDefined();
    });

    it('gets an error file if its run is refused, and other runs write none', async () => {
      const { runId = '' } = await onUpload(await uploaded('requests/a.json', JSON.stringify(request)), dependencies);
      expect(await onUpload(ended('another', 'Refused'), dependencies)).toMatchObject({ action: 'none' });
      expect(await onUpload(ended(runId, 'Failed'), dependencies)).toMatchObject({ action: 'none' });
      expect(errorBeside('requests/a.json')).toBeUndefined();
      await onUpload(ended(runId, 'Refused'), dependencies);
      expect(errorBeside('requests/a.json')).toBe('It costs too much.\n');
    });
  });

  describe('of media', () => {
    it.each(['proxies/A 1+2 100%.mp4', 'proxies/🎬.mov', 'elsewhere/a.jpg'])('waits for a run: %s', async (key) => {
      const done = await onUpload(await uploaded(key, 'media'), dependencies);

      expect(done).toEqual({ action: 'noted' });
      expect(await dependencies.table.readTrigger('uploads')).toMatchObject({ lastAt: new Date(now).toISOString() });
    });

    it.each([
      'nova/batch/results/summary/proxies/a.mp4.json',
      'nova/batch/staging/job-1/0123.mp4',
      'batch_input_media-1.jsonl',
      'requests/a.json.error.txt',
      'proxies/',
      'proxies/notes.txt',
    ])('is none for %s', async (key) => {
      const before = await dependencies.table.readTrigger('uploads');

      expect(await onUpload(await uploaded(key, 'x'), dependencies)).toMatchObject({ action: 'none' });
      expect(await dependencies.table.readTrigger('uploads')).toEqual(before);
    });

    it('is none in another bucket', async () => {
      const event = await uploaded('proxies/a.mp4', 'media');

      const store = { ...dependencies.store, bucket: 'another' };

      expect(await onUpload(event, { ...dependencies, store })).toMatchObject({ action: 'none' });
    });

    it('is written down once in half a minute, and again later', async () => {
      await onUpload(await uploaded('proxies/1.mp4', 'media'), dependencies);
      const { firstAt, lastAt } = await dependencies.table.readTrigger('uploads');
      now += 29_000;
      await onUpload(await uploaded('proxies/2.mp4', 'media'), dependencies);
      expect(await dependencies.table.readTrigger('uploads')).toMatchObject({ firstAt, lastAt });
      now += 1_000;
      await onUpload(await uploaded('proxies/3.mp4', 'media'), dependencies);
      expect(await dependencies.table.readTrigger('uploads')).toMatchObject({
        firstAt,
        lastAt: new Date(now).toISOString(),
      });
    });
  });
});

describe('the run of an uploaded request', () => {
  it.each([
    'requests/+ %.json',
    'requests/🎬.json',
    'requests/.json',
    `requests/${'x'.repeat(900)}.json`,
    'requests/a/b c.json',
  ])('has a name that Step Functions takes: %s', (key) => {
    expect(runIdFor({ key, sequencer: '0' })).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9-]{0,60}$/);
  });

  it('is another one for the same name in another folder', () => {
    const sequencer = '0A';

    expect(runIdFor({ key: 'requests/a/x.json', sequencer })).not.toBe(
      runIdFor({ key: 'requests/b/x.json', sequencer }),
    );
  });
});
