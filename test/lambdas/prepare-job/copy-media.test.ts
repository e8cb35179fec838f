import { describe, expect, it } from 'vitest';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import type { PlannedRecord } from '../../../lambdas/shared/domain/plan/plan.ts';
import { awsError } from '../../support/aws-error.ts';
import { anAnalysis, aPlannedRecord } from '../../support/factories.ts';
import { memoryWorld, planned, type World } from '../../support/world.ts';
import { prepare, prepareInTurns } from './preparing.ts';

/** Media in the bucket, and the record that asks about them. */
function mediaAndRecord(world: World, key: string, overrides: Partial<PlannedRecord> = {}): PlannedRecord {
  world.store.put(key, { text: `bytes of ${key}`, contentType: 'binary/octet-stream' });
  return aPlannedRecord(1, { key, etag: world.store.textOf(key)?.etag, ...overrides });
}

const copiesOf = (world: World, job: Job) =>
  world
    .storeOf(job.inputBucket)
    .keys()
    .filter((key) => key.startsWith(job.copiesPrefix));

const urisOf = (world: World, job: Job) =>
  world
    .storeOf(job.inputBucket)
    .linesOf(job.batchInputS3Key)
    .map((line) => /"uri":"([^"]*)"/.exec(line)?.[1]);

const notSentOf = async (world: World, job: Job) =>
  (await world.table.getJob(job)).prepared?.ledgerKeys.flatMap((key) => world.store.jsonLinesOf(key));

describe('media whose keys Bedrock refuses (35 of 300 videos were, for a space or comma)', () => {
  it('are copied to a safe name with the right type, alone, and the record reads the copy', async () => {
    const world = memoryWorld();
    const refused = mediaAndRecord(world, 'proxies/a b, c=+%ü😀.MP4', { copy: true });
    const safe = mediaAndRecord(world, 'proxies/C0002.MP4');
    const job = await planned(world, {}, { records: [refused, safe] });

    await prepare(world, job);

    const [copy = '', ...others] = copiesOf(world, job);
    expect(others).toEqual([]);
    expect(copy).toMatch(/^nova\/batch\/staging\/media-run-1-1\/[0-9a-f]{32}\.mp4$/);
    expect(world.store.linesOf(copy)).toEqual(['bytes of proxies/a b, c=+%ü😀.MP4']);
    expect(world.store.contentTypeOf(copy)).toBe('video/mp4');
    expect(world.store.metadataOf(copy)).toEqual({ 'media-batch-run': 'run-1', 'media-batch-job': 'media-run-1-1' });
    expect(urisOf(world, job)).toEqual([`s3://media-bucket/${copy}`, 's3://media-bucket/proxies/C0002.MP4']);
  });

  it('are named in the prompt as they are called', async () => {
    const world = memoryWorld();
    const record = mediaAndRecord(world, 'proxies/a b.MP4', { copy: true });
    const job = await planned(world, {}, { records: [record] });

    await prepare(world, job);

    expect(world.store.linesOf(job.batchInputS3Key)[0]).toContain('List the shots of a b.MP4.');
  });
});

describe('a staged job', () => {
  it('has a folder of its own with its input and a copy of each media, once for all that is asked of it', async () => {
    const world = memoryWorld();
    const records = [
      mediaAndRecord(world, 'proxies/one.mov'),
      mediaAndRecord(world, 'proxies/one.mov', { analysis: 'mood' }),
      mediaAndRecord(world, 'images/two.jpg'),
    ];
    const analyses = [anAnalysis(), anAnalysis({ name: 'mood', fingerprint: 'e'.repeat(32) })];
    const job = await planned(world, { layout: 'staged' }, { records, plan: { analyses } });

    expect(await prepare(world, job)).toMatchObject({ next: 'start' });

    const [one, two, ...others] = copiesOf(world, job).sort((a, b) =>
      a.endsWith('mov') && !b.endsWith('mov') ? -1 : 1,
    );
    expect(others).toEqual([]);
    expect([one, two].map((key) => world.staging.contentTypeOf(key ?? ''))).toEqual(['video/quicktime', 'image/jpeg']);
    expect(urisOf(world, job)).toEqual([one, one, two].map((key) => `s3://staging-bucket/${key}`));
    expect(world.staging.keys().every((key) => key.startsWith(job.inputFolder))).toBe(true);
    expect(world.staging.metadataOf(job.batchInputS3Key)).toMatchObject({ 'media-batch-run': 'run-1' });
    expect(await world.table.getJob(job)).toMatchObject({ status: 'Prepared' });
  });

  it('needs neither lock nor guard, and leaves the bucket of the media as it is', async () => {
    const world = memoryWorld();
    const record = mediaAndRecord(world, 'proxies/one.mov');
    world.store.put('stray.jsonl');
    const job = await planned(world, { layout: 'staged' }, { records: [record] });
    const before = world.store.keys();

    await prepare(world, job);

    expect(world.store.keys()).toEqual(before);
    expect(await world.table.getLock('media-bucket')).toBeUndefined();
  });

  it('copies in turns where one does not do, each media once', async () => {
    const world = memoryWorld();
    const records = Array.from({ length: 250 }, (_, at) => mediaAndRecord(world, `proxies/C${at}.mp4`));
    const job = await planned(world, { layout: 'staged' }, { records });

    expect(await prepareInTurns(world, job)).toBe(4);

    expect(copiesOf(world, job)).toHaveLength(250);
    expect(world.staging.written).toHaveLength(250 + 1);
    expect(new Set(urisOf(world, job)).size).toBe(250);
  });
});

describe('media that are not what was planned any more', () => {
  it.each([
    ['changed', 'the media is another one than was planned'],
    ['gone', 'the media is gone since it was planned'],
  ])('because they are %s fail alone, with the reason, and are free for whoever asks next', async (what, reason) => {
    const world = memoryWorld();
    const records = [mediaAndRecord(world, 'proxies/one.mov'), mediaAndRecord(world, 'proxies/two.mov')];
    if (what === 'gone') await world.store.deleteObject('proxies/one.mov');
    else world.store.put('proxies/one.mov', { text: 'other bytes' });
    const job = await planned(world, { layout: 'staged' }, { records });

    await prepare(world, job);

    expect(await notSentOf(world, job)).toMatchObject([{ recordId: 'abcdef012345-000001', outcome: 'failed', reason }]);
    expect(world.staging.jsonLinesOf(job.batchInputS3Key)).toMatchObject([{ recordId: 'abcdef012345-000002' }]);
    expect(world.claims.all()).toMatchObject([{ key: 'proxies/one.mov', outcome: 'open', reason }, {}]);
  });

  it('because S3 refuses to copy them fail alone too', async () => {
    const world = memoryWorld();
    const records = [mediaAndRecord(world, 'proxies/one.mov'), mediaAndRecord(world, 'proxies/two.mov')];
    const job = await planned(world, { layout: 'staged' }, { records });
    const archived = Object.assign(awsError('InvalidObjectState', 403, 'It is archived.'), { $fault: 'client' });
    const copyHere: typeof world.staging.copyHere = (source, ...rest) =>
      source.key === 'proxies/one.mov' ? Promise.reject(archived) : world.staging.copyHere(source, ...rest);
    const storeOf = (bucket: string) => (bucket === 'staging-bucket' ? { ...world.staging, copyHere } : world.store);

    await prepare(world, job, { storeOf });

    expect(await notSentOf(world, job)).toMatchObject([
      { recordId: 'abcdef012345-000001', outcome: 'failed', reason: 'S3 refused to copy the media: It is archived.' },
    ]);
  });

  it('only for a moment, as when S3 asks to slow down, are tried again', async () => {
    const world = memoryWorld();
    const job = await planned(world, { layout: 'staged' }, { records: [mediaAndRecord(world, 'proxies/one.mov')] });
    const slow = Object.assign(awsError('SlowDown', 503), { $fault: 'client' });
    const storeOf = (bucket: string) => ({ ...world.storeOf(bucket), copyHere: () => Promise.reject(slow) });

    await expect(prepare(world, job, { storeOf })).rejects.toBe(slow);
    expect((await world.table.getJob(job)).prepared).toBeUndefined();
  });
});
