import { describe, expect, it } from 'vitest';
import { planKey, resultsListPartsPrefix } from '../../../lambdas/shared/domain/keys.ts';
import { paddingRecordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { awsError } from '../../support/aws-error.ts';
import {
  collect,
  completed,
  idOf,
  jobHash,
  ledgerOf,
  outputOf,
  resultOf,
  withNotSent,
} from '../../support/completed-job.ts';
import { aCreateRequest, aJob, anAnalysis, aPlan, aPlannedRecord, prefixes } from '../../support/factories.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';
import { memoryWorld } from '../../support/world.ts';

describe('collecting a job', () => {
  it('writes a result for each answer, with all that is needed to trust it', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1), { text: 'A dog.' })]);

    expect(await collect(world, job)).toEqual({ runId: job.runId, jobName: job.jobName });

    expect(world.store.jsonOf(resultOf(1))).toEqual({
      media: { bucket: 'media-bucket', key: 'proxies/C0001.MP4', kind: 'video', etag: 'etag-1', bytes: 1001 },
      analysis: 'shots',
      fingerprint: 'f'.repeat(32),
      modelId: 'us.amazon.nova-lite-v1:0',
      runId: job.runId,
      jobName: job.jobName,
      batchJobArn: 'arn:job',
      recordId: idOf(1),
      answeredAt: '2026-11-02T10:00:00.000Z',
      stopReason: 'end_turn',
      inputTokens: 100,
      outputTokens: 10,
      batchUsd: 0.0000042,
      text: 'A dog.',
    });
  });

  it('reads and checks the JSON where the analysis has a schema, keeps the text, and counts what is wrong', async () => {
    const world = memoryWorld();
    const texts = ['{"a":1}', '```json\n{"a":1,}\n```', '{"a":"1"}', 'Sorry, no.'];
    const analyses = [anAnalysis({ schema: { properties: { a: { type: 'number' } } } })];
    const job = await completed(
      world,
      4,
      texts.map((text, at) => answerLine(idOf(at + 1), { text })),
    );
    world.store.put(planKey(prefixes, job.runId), { text: JSON.stringify(aPlan(job, { analyses })) });

    await collect(world, job);

    const results = texts.map((_, at) => world.store.jsonOf(resultOf(at + 1)));
    expect(results).toMatchObject([
      { text: texts[0], json: { a: 1 } },
      { text: texts[1], json: { a: 1 }, repaired: true },
      { text: texts[2], json: { a: '1' }, schemaErrors: ['/a must be number.'] },
      { text: texts[3], schemaErrors: [expect.stringContaining('no JSON')] },
    ]);
    expect(Object(results[0])).not.toHaveProperty('schemaErrors');
    expect((await world.table.getJob(job)).collected).toMatchObject({
      records: { succeeded: 4 },
      answers: { repaired: 1, invalid: 2 },
    });
  });

  it('writes "unknown" for what an answer costs where nobody knows the price', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1))], { modelId: 'us.amazon.nova-9-v1:0' });

    await collect(world, job);

    expect(world.store.jsonOf(resultOf(1))).toMatchObject({ batchUsd: 'unknown' });
  });

  it('files answers to one question with several values of its columns apart, each with a fingerprint of its own', async () => {
    const world = memoryWorld();
    const records = ['red', 'blue'].map((colour, at) =>
      aPlannedRecord(1, { columns: { colour }, variant: at === 0 ? undefined : 'abcdef01' }),
    );
    const job = await completed(world, 2, [answerLine(idOf(1)), answerLine(idOf(2))], {}, records);

    await collect(world, job);

    const [first, second] = [resultOf(1), resultOf(1).replace('.json', '.abcdef01.json')].map((key) =>
      world.store.jsonOf(key),
    );
    expect([first, second]).toMatchObject([
      { columns: { colour: 'red' } },
      { columns: { colour: 'blue' }, variant: 'abcdef01' },
    ]);
    expect(Object(first).fingerprint).not.toBe(Object(second).fingerprint);
    expect(world.store.jsonLinesOf(ledgerOf(job))).toMatchObject([
      { columns: { colour: 'red' } },
      { variant: 'abcdef01' },
    ]);
  });

  it('writes a line of the list, and no result, for a record that came finished', async () => {
    const world = memoryWorld();
    const record = aPlannedRecord(1, { key: 'my-1', etag: '', analysis: 'records', prebuilt: { modelInput: {} } });
    const job = await completed(world, 1, [answerLine(idOf(1), { text: 'A dog.' })], {}, [record]);
    const analyses = [anAnalysis({ name: 'records' })];
    world.store.put(planKey(prefixes, job.runId), { text: JSON.stringify(aPlan(job, { analyses })) });

    await collect(world, job);

    expect(world.store.keys().filter((key) => key.startsWith(prefixes.resultsPrefix))).toEqual([]);
    const [line] = world.store.jsonLinesOf(`${resultsListPartsPrefix(prefixes, job.runId, job.jobName)}0-1.ndjson`);
    expect(line).toMatchObject({ key: 'my-1', analysis: 'records', text: 'A dog.', recordId: idOf(1) });
    expect(line).not.toHaveProperty('resultUri');
  });

  it('joins a shuffled output and writes the ledger in the order of the records', async () => {
    const world = memoryWorld();
    const lines = [
      errorLine(idOf(4)),
      answerLine(idOf(3)),
      answerLine(paddingRecordIdOf(jobHash, 1)),
      answerLine(idOf(1)),
    ];
    const job = await completed(world, 4, [
      ...lines,
      answerLine(idOf(3), { text: 'again' }),
      answerLine('CUST-1'),
      'broken',
    ]);

    await collect(world, job);

    expect(world.store.jsonLinesOf(ledgerOf(job))).toEqual([
      {
        recordId: idOf(1),
        key: 'proxies/C0001.MP4',
        analysis: 'shots',
        outcome: 'succeeded',
        inputTokens: 100,
        outputTokens: 10,
      },
      {
        recordId: idOf(2),
        key: 'proxies/C0002.MP4',
        analysis: 'shots',
        outcome: 'missing',
        reason: 'the job completed without an answer for this record',
        retryable: true,
      },
      {
        recordId: idOf(3),
        key: 'proxies/C0003.MP4',
        analysis: 'shots',
        outcome: 'succeeded',
        inputTokens: 100,
        outputTokens: 10,
      },
      expect.objectContaining({ recordId: idOf(4), outcome: 'failed', reason: '400: Bad video' }),
    ]);
    expect((await world.table.getJob(job)).collected).toEqual({
      ledgerKey: ledgerOf(job),
      records: { submitted: 4, succeeded: 2, failed: 1, missing: 1 },
      skipped: 0,
      retryable: 1,
      inputTokens: 300,
      outputTokens: 30,
      duplicateLines: 1,
      foreignLines: 2,
      foreignFiles: [],
      outputLines: 7,
    });
    expect(world.store.jsonOf(resultOf(3))).toMatchObject({ text: `Answer to ${idOf(3)}` });
    expect(world.store.has(resultOf(4))).toBe(false);
  });

  it('writes no result for padding', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(paddingRecordIdOf(jobHash, 1)), answerLine(idOf(1))]);

    await collect(world, job);

    expect(world.store.written.filter((key) => key.startsWith('nova/batch/results/'))).toEqual([resultOf(1)]);
  });

  it('writes nothing that a root job would run', async () => {
    const world = memoryWorld();
    const job = await completed(world, 2, [answerLine(idOf(1)), answerLine(idOf(2))]);

    await collect(world, job);

    expect(world.store.keys().filter((key) => /\.jsonl$/i.test(key))).toEqual([]);
  });
});

describe('the output of a job', () => {
  it("is found below the job's ID and under .jsonl.out, where others looked for .jsonl beside it", async () => {
    const world = memoryWorld();
    const job = await completed(world, 1);
    const text = `${answerLine(idOf(1))}\n`;
    for (const key of [
      job.batchInputS3Key,
      `abcdefghijkl/${job.batchInputS3Key}`,
      `x/y/${job.batchInputS3Key}.out.bak`,
    ]) {
      world.store.put(`${job.batchOutputS3Prefix}${key}`, { text });
    }
    await collect(world, job);
    expect((await world.table.getJob(job)).collected?.records.missing).toBe(1);

    const other = memoryWorld();
    const found = await completed(other, 1, [answerLine(idOf(1))]);
    await collect(other, found);
    expect((await other.table.getJob(found)).collected?.records.succeeded).toBe(1);
  });

  it('is only that of our own input: a foreign is set aside and named, even with our record IDs in it', async () => {
    const world = memoryWorld();
    const job = await completed(world, 2, [answerLine(idOf(1))]);
    const foreign = [
      `${job.batchOutputS3Prefix}abcdefghijkl/stray.jsonl.out`,
      `${job.batchOutputS3Prefix}abcdefghijkl/x/a.jsonl.out`,
    ];
    for (const key of foreign) world.store.put(key, { text: `${answerLine(idOf(2), { text: 'wrong' })}\n` });
    world.store.put(`${job.batchOutputS3Prefix}abcdefghijkl/manifest.json.out`, { text: '{}' });

    await collect(world, job);

    expect((await world.table.getJob(job)).collected).toMatchObject({
      records: { submitted: 2, succeeded: 1, failed: 0, missing: 1 },
      foreignFiles: foreign,
    });
    expect(world.store.has(resultOf(2))).toBe(false);
  });

  it('of others is named up to twenty files', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1))]);
    for (let at = 0; at < 25; at++) world.store.put(`${job.batchOutputS3Prefix}abcdefghijkl/s${at}.jsonl.out`);

    await collect(world, job);

    expect((await world.table.getJob(job)).collected?.foreignFiles).toHaveLength(20);
  });

  it('of a staged job is found by the file name of its input, which lies in another bucket', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1))], { layout: 'staged' });

    await collect(world, job);

    expect(outputOf(job)).toMatch(/abcdefghijkl\/batch_input_[^/]+\.jsonl\.out$/);
    expect((await world.table.getJob(job)).collected?.records.succeeded).toBe(1);
    expect(world.store.has(resultOf(1))).toBe(true);
  });

  it('is the outermost of those with our name: a copy of our input in a folder is not joined', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1), { text: 'ours' })]);
    const copies = ['a', 'z'].map(
      (folder) => `${job.batchOutputS3Prefix}abcdefghijkl/${folder}/${job.batchInputS3Key}.out`,
    );
    for (const key of copies) world.store.put(key, { text: `${answerLine(idOf(1), { text: 'theirs' })}\n` });

    await collect(world, job);

    expect(world.store.jsonOf(resultOf(1))).toMatchObject({ text: 'ours' });
    expect((await world.table.getJob(job)).collected?.foreignFiles).toEqual(copies);
  });

  it('has totals of what Bedrock itself counts, which are kept, and may have none or broken ones', async () => {
    const manifests = [
      ['{"totalRecordCount":9,"inputTokenCount":700,"outputTokenCount":70}', { inputTokens: 700, outputTokens: 70 }],
      ['{"totalRecordCount":9}', undefined],
      ['{"inputTokenCount":', undefined],
    ] as const;
    for (const [text, billed] of manifests) {
      const world = memoryWorld();
      const job = await completed(world, 1, [answerLine(idOf(1))]);
      world.store.put(`${job.batchOutputS3Prefix}abcdefghijkl/manifest.json.out`, { text });

      await collect(world, job);

      expect((await world.table.getJob(job)).collected).toMatchObject({ inputTokens: 100, records: { succeeded: 1 } });
      expect((await world.table.getJob(job)).collected?.billed).toEqual(billed);
    }
  });

  it('of which the totals are others than the sum of its lines is said so in the log, unless foreign inputs account for it', async () => {
    const cases = [
      [700, 10, undefined, [{ jobName: 'media-run-1-1', inputTokens: 600, outputTokens: 0 }]],
      [90, 12, undefined, [{ jobName: 'media-run-1-1', inputTokens: -10, outputTokens: 2 }]],
      [100, 10, undefined, []],
      [700, 10, { error: 'ForeignInput', reason: 'somebody else’s .jsonl' }, []],
    ] as const;
    for (const [inputTokenCount, outputTokenCount, failure, expected] of cases) {
      const world = memoryWorld();
      const job = await completed(world, 1, [answerLine(idOf(1))], { failure });
      const text = JSON.stringify({ inputTokenCount, outputTokenCount });
      world.store.put(`${job.batchOutputS3Prefix}abcdefghijkl/manifest.json.out`, { text });
      const warnings: unknown[] = [];

      await collect(world, job, { warn: (_, fields) => warnings.push(fields) });

      expect(warnings).toEqual(expected);
    }
  });

  it('has foreign lines set aside in a file, which a root job would not run', async () => {
    const world = memoryWorld();
    const foreign = answerLine('CUST-1', { text: 'y'.repeat(2000) });
    const job = await completed(world, 1, [answerLine(idOf(1)), foreign]);

    await collect(world, job);

    expect(world.store.jsonLinesOf(`nova/batch/runs/run-1/jobs/${job.jobName}.foreign.ndjson`)).toEqual([
      { line: 2, text: foreign.slice(0, 1000) },
    ]);
  });

  it('may be there with nothing in it', async () => {
    const world = memoryWorld();
    const job = await completed(world, 2, []);

    await collect(world, job);

    expect((await world.table.getJob(job)).collected?.records).toEqual({
      submitted: 2,
      succeeded: 0,
      failed: 0,
      missing: 2,
    });
  });

  it.each([
    [{ status: 'Expired' }, 'the job expired before it began'],
    [{ status: 'Failed', failure: { error: 'JobFailed', reason: 'no such role' } }, 'the job failed: no such role'],
    [{ status: 'Prepared', batchJobArn: undefined }, 'never sent: the job was not made'],
  ] as const)('may not be there at all, as with %j, and every record is in the ledger', async (overrides, reason) => {
    const world = memoryWorld();
    const job = await completed(world, 3, undefined, overrides);

    await collect(world, job);

    expect(world.store.jsonLinesOf(ledgerOf(job))).toMatchObject(Array(3).fill({ outcome: 'missing', reason }));
    expect((await world.table.getJob(job)).collected).toMatchObject({
      records: { submitted: 3, succeeded: 0, failed: 0, missing: 3 },
      inputTokens: 0,
    });
  });

  it.each(['PartiallyCompleted', 'Stopped'] as const)(
    'of a job that is %s is salvaged as far as it goes',
    async (status) => {
      const world = memoryWorld();
      const job = await completed(world, 3, [answerLine(idOf(2))], { status });

      await collect(world, job);

      expect((await world.table.getJob(job)).collected?.records).toEqual({
        submitted: 3,
        succeeded: 1,
        failed: 0,
        missing: 2,
      });
      expect(world.store.has(resultOf(2))).toBe(true);
    },
  );

  it('is not done with before it was read: a read that fails leaves the job uncollected', async () => {
    const world = memoryWorld();
    const job = await completed(world, 2, [answerLine(idOf(1)), answerLine(idOf(2))]);
    const store = {
      ...world.store,
      async *readLines(key: string) {
        let lines = 0;
        for await (const line of world.store.readLines(key)) {
          if (key.endsWith('.out') && lines++ === 1) throw awsError('SlowDown', 503);
          yield line;
        }
      },
    };

    await expect(collect(world, job, { store })).rejects.toMatchObject({ name: 'SlowDown' });
    expect((await world.table.getJob(job)).collected).toBeUndefined();
    expect(world.store.has(ledgerOf(job))).toBe(false);

    await collect(world, job);
    expect((await world.table.getJob(job)).collected?.records.succeeded).toBe(2);
  });

  it('whose result cannot be written is not collected', async () => {
    const world = memoryWorld();
    const job = await completed(
      world,
      100,
      Array.from({ length: 100 }, (_, at) => answerLine(idOf(at + 1))),
    );
    const writeJson = async (key: string, value: unknown): Promise<void> => {
      if (key === resultOf(57)) throw awsError('InternalError', 500);
      await world.store.writeJson(key, value);
    };

    await expect(collect(world, job, { store: { ...world.store, writeJson } })).rejects.toMatchObject({
      name: 'InternalError',
    });

    expect((await world.table.getJob(job)).collected).toBeUndefined();
    await collect(world, job);
    expect((await world.table.getJob(job)).collected?.records.succeeded).toBe(100);
  });
});

describe('records that were not sent', () => {
  it('are in the ledger as Prepare decided, those that another run has apart from the submitted ones', async () => {
    const world = memoryWorld();
    const job = await completed(world, 4, [answerLine(idOf(4))]);
    await withNotSent(world, job, {
      1: { outcome: 'skipped', reason: 'pending in another run' },
      3: { outcome: 'failed', reason: 'the media is gone' },
    });

    await collect(world, job);

    expect((await world.table.getJob(job)).collected).toMatchObject({
      records: { submitted: 3, succeeded: 1, failed: 1, missing: 1 },
      skipped: 1,
      retryable: 1,
    });
    expect(world.store.jsonLinesOf(ledgerOf(job))).toMatchObject([
      { outcome: 'skipped', reason: 'pending in another run' },
      { outcome: 'missing' },
      { outcome: 'failed', reason: 'the media is gone' },
      { outcome: 'succeeded' },
    ]);
  });

  it('may be all of a job, which is then never made', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, undefined, { status: 'Waiting', batchJobArn: undefined });
    await withNotSent(world, job, { 1: { outcome: 'skipped', reason: 'pending in another run' } });

    await collect(world, job);

    expect((await world.table.getJob(job)).collected).toMatchObject({
      records: { submitted: 0, succeeded: 0, failed: 0, missing: 0 },
      skipped: 1,
      retryable: 0,
    });
  });
});

describe('a job that may still be running', () => {
  it.each([
    { status: 'InProgress', batchJobArn: 'arn:job' },
    { status: 'Prepared', batchJobArn: undefined },
  ] as const)('is not collected, because what is collected stays as it is: %j', async (overrides) => {
    const world = memoryWorld();
    const createRequest = aCreateRequest(aJob());
    const job = await completed(world, 2, [answerLine(idOf(1))], { ...overrides, createRequest, phase: 'open' });

    await expect(collect(world, job)).rejects.toMatchObject({ name: 'JobStillRunning' });

    expect((await world.table.getJob(job)).collected).toBeUndefined();
    expect(world.store.has(resultOf(1))).toBe(false);
  });

  it.each([
    { status: 'Completed', createRequest: aCreateRequest(aJob()) },
    { status: 'Waiting', batchJobArn: undefined },
  ] as const)(
    'is not one of which only the input could not be removed, or that was never asked for',
    async (overrides) => {
      const world = memoryWorld();
      const job = await completed(world, 1, [answerLine(idOf(1))], { ...overrides, phase: 'open' });

      await collect(world, job);

      expect((await world.table.getJob(job)).collected).toBeDefined();
    },
  );
});

describe('collecting at the same time', () => {
  it('comes to what the first of them wrote down', async () => {
    const world = memoryWorld();
    const job = await completed(world, 2, [answerLine(idOf(1))]);

    const ends = await Promise.all([collect(world, job), collect(world, job)]);

    expect(ends.map(({ checkpoint }) => checkpoint)).toEqual([undefined, undefined]);
    expect((await world.table.getJob(job)).collected?.records).toMatchObject({ succeeded: 1, missing: 1 });
  });

  it('refuses a list of records that is not the planned one', async () => {
    const world = memoryWorld();
    const job = await completed(world, 2, [], { records: 3 });

    await expect(collect(world, job)).rejects.toThrow(`has 2 records in ${job.recordsKey}, expected 3.`);
  });
});

describe('the work of collecting', () => {
  it('reads the whole output once for all records, where others read it for each', async () => {
    const world = memoryWorld();
    const job = await completed(
      world,
      40,
      Array.from({ length: 40 }, (_, at) => answerLine(idOf(at + 1))),
    );
    const read: string[] = [];
    const { readLines, readLineBatches } = world.store;
    const store = {
      ...world.store,
      readLines: (...[key, range]: Parameters<typeof readLines>) => {
        read.push(key);
        return readLines(key, range);
      },
      readLineBatches: (...[key, range]: Parameters<typeof readLineBatches>) => {
        read.push(key);
        return readLineBatches(key, range);
      },
    };

    await collect(world, job, { store });

    expect(read.filter((key) => key.endsWith('.out'))).toEqual([outputOf(job)]);
    expect(read.filter((key) => key === job.recordsKey)).toHaveLength(1);
  });

  it('never has more than 32 writes under way', async () => {
    const world = memoryWorld();
    const job = await completed(
      world,
      300,
      Array.from({ length: 300 }, (_, at) => answerLine(idOf(at + 1))),
    );
    let underWay = 0;
    let most = 0;
    const writeJson = async (key: string, value: unknown): Promise<void> => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      await world.store.writeJson(key, value);
      underWay -= 1;
    };

    await collect(world, job, { store: { ...world.store, writeJson } });

    expect(most).toBe(32);
  });
});
