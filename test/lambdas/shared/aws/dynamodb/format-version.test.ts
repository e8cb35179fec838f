import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimTable } from '../../../../../lambdas/shared/aws/dynamodb/claim-table.ts';
import { cleanUpCheckpoints } from '../../../../../lambdas/shared/aws/dynamodb/clean-up-checkpoints.ts';
import { mediaFactsTable } from '../../../../../lambdas/shared/aws/dynamodb/media-facts-table.ts';
import { runTable } from '../../../../../lambdas/shared/aws/dynamodb/run-table.ts';
import { triggerTable } from '../../../../../lambdas/shared/aws/dynamodb/trigger-table.ts';
import { claimOf } from '../../../../support/completed-job.ts';
import { aJob, startOfStory } from '../../../../support/factories.ts';
import { startLocalServices } from '../../../../support/local-services.ts';
import { expectOneSentence, messageOfRejection } from '../../../../support/one-sentence.ts';

const job = aJob();
const lock = { bucket: 'media-bucket', version: 1, fence: 1, queue: [] };
const claim = claimOf(1);
const media = { etag: 'etag-1', bytes: 1001 };

describe('an item of the table', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let runs: ReturnType<typeof runTable>;
  let claims: ReturnType<typeof claimTable>;
  let triggers: ReturnType<typeof triggerTable>;
  let facts: ReturnType<typeof mediaFactsTable>;
  let checkpoints: ReturnType<typeof cleanUpCheckpoints>;

  beforeAll(async () => {
    services = await startLocalServices();
    const { dynamodb, tableName } = services;
    const now = () => startOfStory;
    runs = runTable(dynamodb, tableName);
    claims = claimTable(dynamodb, tableName);
    triggers = triggerTable(dynamodb, tableName, now);
    facts = mediaFactsTable(dynamodb, tableName, now);
    checkpoints = cleanUpCheckpoints(dynamodb, tableName);
    const startedAt = new Date(startOfStory).toISOString();
    const { runId } = job;
    await runs.createRun({ runId, executionArns: [], status: 'Running', startedAt, requestJson: '{}', jobCount: 1 });
    await runs.createJob(job);
    await runs.replaceLock(undefined, lock);
    await claims.writeClaim(claim, undefined);
    await triggers.addUpload();
    await triggers.setLast('nightly', 'nightly-1');
    await triggers.setRequestOf(runId, { key: 'requests/a.json', sequencer: '01' });
    await facts.writeFacts(media, { seconds: 1 });
    await checkpoints.writeCheckpoint('media-bucket', { turn: 2, stage: 'runs', after: 'a' });
  });
  afterAll(() => services.close());

  it('says in which format it is, whatever it is', async () => {
    const Items = await items();

    expect(Items.map(({ pk }) => pk?.S?.replace(/#.*/, '')).sort()).toEqual([
      'CLAIM',
      'CLEAN-UP',
      'LOCK',
      'MEDIA',
      'REQUEST',
      'RUN',
      'RUN',
      'RUN',
      'TRIGGER',
      'TRIGGER',
    ]);
    for (const { pk, sk, formatVersion } of Items) expect(formatVersion, `${pk?.S} ${sk?.S}`).toEqual({ N: '1' });
  });

  const reads: [string, () => Promise<unknown>][] = [
    ['run', () => runs.getRun(job.runId)],
    ['job', () => runs.getJob(job)],
    ['job, if it is there', () => runs.findJob(job)],
    ['job of a run', () => runs.listJobs(job.runId)],
    ['lock', () => runs.getLock(lock.bucket)],
    ['claim', () => claims.readClaims([claim])],
    ['trigger', () => triggers.readTrigger('nightly')],
    ['request', () => triggers.getLatestRunOf('requests/a.json')],
    ['request of a run', () => triggers.getRequestOf(job.runId)],
    ['media', () => facts.readFacts([media])],
    ['clean-up', () => checkpoints.readCheckpoint('media-bucket')],
  ];

  it.each(reads)('is refused in one sentence where it is of another format: a %s', async (_, read) => {
    await expect(read()).resolves.toBeDefined();

    const Items = await items();
    await write(Items.map((item) => ({ ...item, formatVersion: { N: '2' } })));
    const message = await messageOfRejection(read(), 'UnknownFormat');
    await write(Items);

    expectOneSentence(message, services.tableName, 'formatVersion 2', 'expected 1');
  });

  it('stays as it is where it is of another format, although its job is to be settled', async () => {
    const Items = await items();
    const newer = Items.map((item) => ({ ...item, formatVersion: { N: '2' } }));
    await write(newer);

    await runs.beginSettling(job, { error: 'UnknownFormat', reason: 'It is newer.' });

    expect(await items()).toEqual(newer);
    await write(Items);
  });

  const items = async () =>
    (await services.dynamodb.send(new ScanCommand({ TableName: services.tableName }))).Items ?? [];

  async function write(all: Awaited<ReturnType<typeof items>>) {
    for (const Item of all) {
      await services.dynamodb.send(new PutItemCommand({ TableName: services.tableName, Item }));
    }
  }
});
