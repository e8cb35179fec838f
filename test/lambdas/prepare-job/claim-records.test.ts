import { describe, expect, it } from 'vitest';
import { recordFingerprint } from '../../../lambdas/shared/domain/analysis/analysis.ts';
import { maxTurns } from '../../../lambdas/shared/domain/checkpoint.ts';
import type { Claim } from '../../../lambdas/shared/domain/claim/claim.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { entryBaseOf } from '../../../lambdas/shared/domain/job/job-records.ts';
import { releaseLock } from '../../../lambdas/shared/domain/lock/release-lock.ts';
import type { PlannedRecord } from '../../../lambdas/shared/domain/plan/plan.ts';
import { recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { crashing } from '../../support/crashes.ts';
import { anAnalysis, aPlannedRecord } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { memoryWorld, planned, type World } from '../../support/world.ts';
import { prepare, prepareInTurns } from './preparing.ts';

const newOnly = { request: { media: { prefixes: ['proxies/'], newOnly: true } } };
const numbered = (count: number, overrides: Partial<PlannedRecord> = {}) =>
  Array.from({ length: count }, (_, at) => aPlannedRecord(at + 1, overrides));

/** The claim that another run's record has on the media of a record. */
function aClaim(record: PlannedRecord, overrides: Partial<Claim> = {}): Claim {
  return {
    bucket: 'media-bucket',
    key: record.key,
    etag: record.etag,
    fingerprint: 'f'.repeat(32),
    runId: 'other',
    jobName: 'media-other-1',
    recordId: 'other0000000-000001',
    ...overrides,
  };
}

const sentIn = (world: World, job: Job) => world.storeOf(job.inputBucket).linesOf(job.batchInputS3Key).length;
const notSentOf = async (world: World, job: Job) =>
  (await world.table.getJob(job)).prepared?.ledgerKeys.flatMap((key) => world.store.jsonLinesOf(key));

describe('the claims of a job', () => {
  it('are made for every record, whether the request wants only new ones or not', async () => {
    const world = memoryWorld();
    const job = await planned(world, {}, { records: numbered(2) });

    await prepare(world, job);

    const { runId, jobName } = job;
    expect(world.claims.all()).toEqual([
      aClaim(aPlannedRecord(1), { runId, jobName, recordId: 'abcdef012345-000001' }),
      aClaim(aPlannedRecord(2), { runId, jobName, recordId: 'abcdef012345-000002' }),
    ]);
  });

  it('are taken over from any other run without newOnly', async () => {
    const world = memoryWorld();
    await planned(world, { runId: 'other' });
    const [record] = numbered(1);
    const job = await planned(world);
    if (record) world.claims.put(aClaim(record));

    await prepare(world, job);

    expect(world.claims.all()).toMatchObject([{ runId: job.runId, recordId: 'abcdef012345-000001' }]);
    expect(await world.table.getJob(job)).toMatchObject({ prepared: { sent: 1, ledgerKeys: [] } });
  });

  it.each([
    ['pending in another run', {}, { status: 'Running' }, undefined],
    ['answered by an earlier run', {}, { status: 'Succeeded' }, 5],
    ['failed for good in an earlier run: too long', { outcome: 'failed', reason: 'too long' }, {}, undefined],
  ] as const)('leave a record to the run that has it with newOnly: %s', async (reason, claim, run, succeeded) => {
    const world = memoryWorld();
    const [first = aPlannedRecord(1)] = numbered(1);
    const other = await planned(world, { runId: 'other' });
    if (succeeded !== undefined) await collect(world, other, succeeded);
    await world.table.updateRun('other', run);
    world.claims.put(aClaim(first, claim));
    const job = await planned(world, {}, { records: numbered(2), plan: newOnly });

    await prepare(world, job);

    const { key, analysis } = first;
    expect(await notSentOf(world, job)).toEqual([
      { recordId: 'abcdef012345-000001', key, analysis, outcome: 'skipped', reason },
    ]);
    expect(world.store.jsonLinesOf(job.batchInputS3Key)).toMatchObject([{ recordId: 'abcdef012345-000002' }]);
    expect(await world.table.getJob(job)).toMatchObject({ prepared: { sent: 1 } });
    expect(world.claims.get(aClaim(first))).toMatchObject({ runId: 'other' });
  });

  it.each([
    ['came to nothing', { outcome: 'open' }, { status: 'Running' }, undefined],
    ['is about other bytes', { etag: 'older' }, { status: 'Running' }, undefined],
    ['is of a job that answered nobody', {}, { status: 'Failed' }, 0],
    ['is of a run that ended before it was sent', {}, { status: 'Stopped' }, undefined],
  ] as const)('are taken over with newOnly where the other %s', async (_, claim, run, succeeded) => {
    const world = memoryWorld();
    const [first = aPlannedRecord(1)] = numbered(1);
    const other = await planned(world, { runId: 'other' });
    if (succeeded !== undefined) await collect(world, other, succeeded);
    await world.table.updateRun('other', run);
    world.claims.put(aClaim(first, claim));
    const job = await planned(world, {}, { plan: newOnly });

    await prepare(world, job);

    expect(sentIn(world, job)).toBe(1);
    const mine = world.claims.get(aClaim(first));
    expect(mine).toMatchObject({ runId: job.runId, etag: first.etag });
    expect(mine?.outcome).toBeUndefined();
  });

  it('are taken over by a retry where the other failed for good, and left where it answered', async () => {
    const world = memoryWorld();
    const [failed = aPlannedRecord(1), answered = aPlannedRecord(2)] = numbered(2);
    await collect(world, await planned(world, { runId: 'other' }), 5);
    world.claims.put(aClaim(failed, { outcome: 'failed', reason: 'too long' }));
    world.claims.put(aClaim(answered));
    const plan = { request: { ...newOnly.request, retryOf: 'other' } };
    const job = await planned(world, {}, { records: numbered(2), plan });

    await prepare(world, job);

    expect(await notSentOf(world, job)).toMatchObject([
      { recordId: 'abcdef012345-000002', outcome: 'skipped', reason: 'answered by an earlier run' },
    ]);
    expect(world.claims.get(aClaim(failed))).toMatchObject({ runId: job.runId });
  });

  /** The job of a run of one record, prepared. */
  async function asking(world: World, runId: string): Promise<Job> {
    const job = await planned(world, { runId, jobHash: runId.padEnd(12, '0') });
    await prepare(world, job);
    await world.store.deleteObject(job.batchInputS3Key);
    await releaseLock(job, world.table);
    return job;
  }

  async function endRun(world: World, job: Job, succeeded: number): Promise<void> {
    await collect(world, job, succeeded);
    await world.table.finishRun(job.runId, { status: succeeded > 0 ? 'Succeeded' : 'Failed' });
  }

  it.each([
    ['A was answered before B took over', ['A answers', 'B', 'B fails'], 'answered by an earlier run'],
    ['A is answered after B took over', ['B', 'B fails', 'A answers'], 'answered by an earlier run'],
    ['A is still asked', ['B', 'B fails'], 'pending in another run'],
    ['A and B came to nothing', ['B', 'B fails', 'A fails'], undefined],
    [
      'A was answered and C is asked last of three',
      ['A answers', 'B', 'C', 'C fails', 'B fails'],
      'answered by an earlier run',
    ],
    [
      'B came to nothing before C took over',
      ['B', 'B fails', 'C', 'C fails', 'A answers'],
      'answered by an earlier run',
    ],
    ['A found its record unanswerable while B had it', ['B', 'A marks', 'B fails', 'A answers'], undefined],
  ] as const)('keep what they took over, should they come to nothing: %s', async (_, story, reason) => {
    const world = memoryWorld();
    const jobs = new Map([['A', await asking(world, 'A')]]);
    for (const event of story) {
      const [runId = '', what] = event.split(' ');
      const job = jobs.get(runId) ?? (await asking(world, runId));
      jobs.set(runId, job);
      if (what === 'answers' || what === 'fails') await endRun(world, job, what === 'answers' ? 1 : 0);
      const record = aClaim(aPlannedRecord(1), { recordId: recordIdOf(job.jobHash, 1) });
      if (what === 'marks') await world.claims.markClaim(record, 'open', 'throttled');
    }

    const late = await planned(world, { runId: 'late', jobHash: 'late00000000' }, { plan: newOnly });
    await prepare(world, late);

    expect(await notSentOf(world, late)).toMatchObject(reason === undefined ? [] : [{ outcome: 'skipped', reason }]);
  });

  it('keep nothing of a claim on other bytes', async () => {
    const world = memoryWorld();
    const other = await planned(world, { runId: 'other' });
    await collect(world, other, 1);
    world.claims.put(aClaim(aPlannedRecord(1), { etag: 'older' }));
    const job = await planned(world);

    await prepare(world, job);

    expect(world.claims.all()).toMatchObject([{ runId: job.runId }]);
    expect(world.claims.all()[0]?.before).toBeUndefined();
  });

  it('that a lost turn left open are written afresh by the turn that sends the record', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    const { runId, jobName } = job;
    const own = aClaim(aPlannedRecord(1), { runId, jobName, recordId: 'abcdef012345-000001' });
    world.claims.put({ ...own, outcome: 'open', reason: 'S3 refused to copy the media: Access Denied' });

    await prepare(world, job);

    expect(sentIn(world, job)).toBe(1);
    expect(world.claims.all()).toEqual([own]);
  });

  it('of an earlier attempt of the same run are taken over, so that what becomes of this one can be marked', async () => {
    const world = memoryWorld();
    const job = await planned(world, { attempt: 2, jobHash: '222222222222' }, { plan: newOnly });
    const claim = aClaim(aPlannedRecord(1), { runId: job.runId, recordId: 'abcdef012345-000001' });
    world.claims.put(claim);

    await prepare(world, job);

    expect(world.claims.get(claim)).toMatchObject({ recordId: '222222222222-000001', jobName: job.jobName });
    expect(sentIn(world, job)).toBe(1);
  });

  it('on what two runs ask for at the same moment go to one of them', async () => {
    const world = memoryWorld();
    const jobs = [];
    for (const runId of ['a', 'b']) {
      const hash = { jobHash: `${runId}bcdef012345`, layout: 'staged' } as const;
      jobs.push(await planned(world, { runId, ...hash }, { records: numbered(5), plan: newOnly }));
    }
    for (const { key } of numbered(5)) world.store.put(key);
    const storeOf = (bucket: string) => ({ ...world.storeOf(bucket), copyHere: async () => 'copied' as const });

    await Promise.all(jobs.map((job) => prepare(world, job, { storeOf })));

    const sent = await Promise.all(jobs.map(async (job) => (await world.table.getJob(job)).prepared?.sent ?? 0));
    expect(sent.reduce((sum, each) => sum + each, 0)).toBe(5);
    const owners = world.claims.all().map(({ runId }) => runId);
    expect([owners.filter((runId) => runId === 'a').length, owners.filter((runId) => runId === 'b').length]).toEqual(
      sent,
    );
  });

  it('that never stop changing are tried again later', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    const claims = { ...world.claims, writeClaim: async () => false };

    expectOneSentence(
      await messageOfRejection(prepare(world, job, { claims }), 'Throttled'),
      'changed 10 times while record abcdef012345-000001 asked for it',
    );
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
  });
});

describe('a job of which nothing is left to send', () => {
  it('is settled without an input', async () => {
    const world = memoryWorld();
    await planned(world, { runId: 'other' });
    world.claims.put(aClaim(aPlannedRecord(1)));
    const job = await planned(world, { paddingRecords: 99 }, { plan: newOnly });

    expect(await prepare(world, job, { minimum: 100 })).toMatchObject({ next: 'settle' });

    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(job)).toMatchObject({
      prepared: { sent: 0, paddingRecords: 0 },
      paddingRecords: 0,
    });
    expect(await notSentOf(world, job)).toHaveLength(1);
  });
});

describe('padding', () => {
  it.each([
    [98, 2],
    [99, 1],
    [100, 0],
    [101, 0],
  ])('lifts %i records that are really sent to the minimum of 100 with %i', async (sent, padding) => {
    const world = memoryWorld();
    await planned(world, { runId: 'other' });
    const records = numbered(sent + 3);
    for (const record of records.slice(0, 3)) world.claims.put(aClaim(record));
    const job = await planned(world, {}, { records, plan: newOnly });

    await prepare(world, job, { minimum: 100 });

    expect(sentIn(world, job)).toBe(sent + padding);
    expect(await world.table.getJob(job)).toMatchObject({ prepared: { sent }, paddingRecords: padding });
  });

  it('is by the quota of the model where the stack has no other', async () => {
    const world = memoryWorld();
    const job = await planned(world);

    await prepare(world, job, { modelQuotas: {} });

    expect(await world.table.getJob(job)).toMatchObject({ paddingRecords: 99 });
  });

  it('is not made where the request wants none: the job is refused in words', async () => {
    const world = memoryWorld();
    await planned(world, { runId: 'other' });
    const records = numbered(100);
    for (const record of records.slice(0, 3)) world.claims.put(aClaim(record));
    const plan = { request: { ...newOnly.request, belowMinimum: 'fail' as const } };
    const job = await planned(world, {}, { records, plan });

    expectOneSentence(
      await messageOfRejection(prepare(world, job, { minimum: 100 }), 'JobRefused'),
      'has 97 records left of 100, expected at least 100 with "belowMinimum": "fail"',
    );

    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(job), 'what was left to the other run is known').toMatchObject({
      prepared: { sent: 97 },
    });
    expect(await notSentOf(world, job)).toHaveLength(3);
    await expect(prepare(world, job, { minimum: 100 }), 'a repeat').rejects.toMatchObject({ name: 'JobRefused' });
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
  });

  it('does not hide what was left to another run where somebody else in the folder refuses the job', async () => {
    const world = memoryWorld();
    await planned(world, { runId: 'other' });
    world.claims.put(aClaim(aPlannedRecord(1)));
    const job = await planned(world, {}, { records: numbered(2), plan: newOnly });
    world.store.put('stray.jsonl');

    await expect(prepare(world, job)).rejects.toMatchObject({ name: 'JobRefused' });

    expect(await world.table.getJob(job)).toMatchObject({ prepared: { sent: 1 } });
    expect(await notSentOf(world, job)).toMatchObject([{ recordId: 'abcdef012345-000001', outcome: 'skipped' }]);
  });
});

describe('turns', () => {
  it('claim 100 records at a time, and together give the input that one turn gives', async () => {
    const records = numbered(250);
    const inputs = [];
    const [oneTurn, inTurns] = [memoryWorld(), memoryWorld()];
    for (const world of [oneTurn, inTurns]) {
      await planned(world, { runId: 'other' });
      for (const number of [1, 150, 250]) world.claims.put(aClaim(aPlannedRecord(number)));
      const job = await planned(world, {}, { records, plan: newOnly });

      const turns =
        world === inTurns
          ? await prepareInTurns(world, job)
          : await prepareInTurns(world, job, { isTimeUp: () => false });

      inputs.push(world.store.linesOf(job.batchInputS3Key));
      expect(await notSentOf(world, job)).toMatchObject([
        { recordId: 'abcdef012345-000001' },
        { recordId: 'abcdef012345-000150' },
        { recordId: 'abcdef012345-000250' },
      ]);
      if (world === oneTurn) expect(turns).toBe(1);
      else expect(turns).toBeGreaterThan(3);
    }

    expect(inputs[0]).toHaveLength(247);
    expect(inputs[1]).toEqual(inputs[0]);
  });

  it('end after the last one, which is written down no more', async () => {
    const world = memoryWorld();
    const job = await planned(world, {}, { records: numbered(150) });
    const checkpoint = { turn: maxTurns, claimed: 0, ledgerKeys: [] };

    const preparing = prepare(world, job, { checkpoint, isTimeUp: () => true });

    expectOneSentence(
      await messageOfRejection(preparing, 'TooManyTurns'),
      'Preparing job media-run-1-1 did not end in 20 turns of 15 minutes: divide the request',
    );
    expect((await world.table.getJob(job)).preparing).toBeUndefined();
    expect(await prepare(world, job, { checkpoint })).toMatchObject({ next: 'start' });
  });

  it('begin again where the last one stopped: what is claimed is not claimed twice', async () => {
    const world = memoryWorld();
    const job = await planned(world, {}, { records: numbered(150) });
    const written: string[] = [];
    const writeClaim: typeof world.claims.writeClaim = (claim, previous) => {
      written.push(claim.recordId);
      return world.claims.writeClaim(claim, previous);
    };

    const claims = { ...world.claims, writeClaim };
    const table = crashing(world.table, ['setPrepared'], { changesLeft: 0, isEffective: false });
    await expect(prepareInTurns(world, job, { claims, table })).rejects.toMatchObject({ name: 'Crash' });
    await prepare(world, job, { claims });

    expect(written).toHaveLength(150);
    expect(new Set(written).size).toBe(150);
  });
});

describe('two turns of one job at the same time', () => {
  it('send what the first to decide has decided, and what the other has claimed is free again', async () => {
    const world = memoryWorld();
    await planned(world, { runId: 'other' });
    const records = numbered(3);
    world.claims.put(aClaim(aPlannedRecord(2)));
    const job = await planned(world, { layout: 'staged' }, { records, plan: newOnly });
    const storeOf = (bucket: string) => ({ ...world.storeOf(bucket), copyHere: async () => 'copied' as const });
    const late = {
      ...world.table,
      // The late one finds the media free, because the other run has ended; then the one in time decides before it.
      async setPrepared(...given: Parameters<typeof world.table.setPrepared>) {
        await world.table.setPrepared(given[0], { ledgerKeys: ['list-in-time'], sent: 2, paddingRecords: 7 });
        return world.table.setPrepared(...given);
      },
    };
    const entry = {
      ...entryBaseOf(job.jobHash, 2, aPlannedRecord(2)),
      outcome: 'skipped',
      reason: 'pending in another run',
    };
    world.store.put('list-in-time', { text: `${JSON.stringify(entry)}\n` });
    await world.table.updateRun('other', { status: 'Failed' });

    await prepare(world, job, { table: late, storeOf });

    expect(world.staging.jsonLinesOf(job.batchInputS3Key)).toHaveLength(2 + 7);
    expect(world.staging.jsonLinesOf(job.batchInputS3Key).slice(0, 2)).toMatchObject([
      { recordId: 'abcdef012345-000001' },
      { recordId: 'abcdef012345-000003' },
    ]);
    expect(world.claims.all().map(({ recordId, outcome }) => [recordId, outcome])).toEqual([
      ['abcdef012345-000002', 'open'],
      ['abcdef012345-000001', undefined],
      ['abcdef012345-000003', undefined],
    ]);
  });
});

async function collect(world: World, job: Job, succeeded: number): Promise<void> {
  await world.table.finishJob(job, {
    ledgerKey: 'ledger',
    records: { submitted: 5, succeeded, failed: 5 - succeeded, missing: 0 },
    skipped: 0,
    retryable: 0,
    inputTokens: 0,
    outputTokens: 0,
    outputLines: 0,
    duplicateLines: 0,
    foreignLines: 0,
    foreignFiles: [],
  });
}

it('prebuilt records have no claims and no copies, and are sent as they came', async () => {
  const world = memoryWorld();
  const modelInput = { messages: [{ role: 'user', content: [{ text: 'What is it?' }] }] };
  const given = { key: 'file-1:a', etag: '', bytes: 0, analysis: 'records', prebuilt: { modelInput } };
  const job = await planned(
    world,
    {},
    { records: [given, { ...given, maxTokens: 9 }], plan: { request: { records: 'r.ndjson' } } },
  );

  expect(await prepare(world, job)).toMatchObject({ next: 'start' });

  expect(world.claims.all()).toEqual([]);
  expect(world.storeOf(job.inputBucket).jsonLinesOf(job.batchInputS3Key)).toEqual([
    { recordId: recordIdOf(job.jobHash, 1), modelInput },
    { recordId: recordIdOf(job.jobHash, 2), modelInput: { ...modelInput, inferenceConfig: { maxTokens: 9 } } },
  ]);
});

it('a claim is on what the record asks, the values of its columns included', async () => {
  const world = memoryWorld();
  const columns = { camera: 'A' };
  const [one, two] = [aPlannedRecord(1, { columns }), aPlannedRecord(1, { columns: { camera: 'B' } })];
  const job = await planned(world, {}, { records: [one, two] });

  await prepare(world, job);

  const fingerprints = [one, two].map((record) => recordFingerprint(anAnalysis(), record));
  expect(world.claims.all().map(({ fingerprint }) => fingerprint)).toEqual(fingerprints);
  expect(new Set(fingerprints).size).toBe(2);
});
