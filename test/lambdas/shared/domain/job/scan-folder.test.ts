import { describe, expect, it } from 'vitest';
import {
  foreignInputsSentence,
  inputMetadata,
  ownerOf,
  scanFolder,
} from '../../../../../lambdas/shared/domain/job/scan-folder.ts';
import { aJob } from '../../../../support/factories.ts';
import { expectOneSentence } from '../../../../support/one-sentence.ts';
import { memoryWorld, planned, putInputOf } from '../../../../support/world.ts';

describe('the scan of a bucket', () => {
  it('finds every .jsonl anywhere and in any case, and no other key', async () => {
    const { store, table } = memoryWorld();
    const inputs = ['A.JSONL', 'a.jsonl', 'deep/er/b.jsonl', 'nova/batch/output/x.Jsonl', 'proxies/.jsonl'];
    const others = ['a.jsonl.out', 'a.ndjson', 'jsonl', 'a.jsonl/b.mp4', 'a.jsonlx', 'manifest.json.out'];
    for (const key of [...inputs, ...others]) store.put(key, { bytes: 10 });

    const scan = await scanFolder(store, table);

    expect(scan.inputs.map(({ key }) => key).sort()).toEqual([...inputs].sort());
    expect(scan.inputs.every(({ job }) => job === undefined)).toBe(true);
  });

  it('sums up all bytes, whatever they are', async () => {
    const { store, table } = memoryWorld();
    store.put('proxies/a.mp4', { bytes: 5_000_000_000 });
    store.put('proxies/b.txt', { bytes: 7 });
    store.put('nova/batch/results/c.json', { bytes: 11 });

    expect((await scanFolder(store, table)).totalBytes).toBe(5_000_000_018);
  });

  it('finds nothing in an empty bucket', async () => {
    const { store, table } = memoryWorld();

    expect(await scanFolder(store, table)).toEqual({ inputs: [], totalBytes: 0, isComplete: true });
  });

  it('stops behind a key when time is up, and goes on behind it', async () => {
    const { store, table } = memoryWorld();
    for (const key of ['a.jsonl', 'b.mp4', 'c.jsonl']) store.put(key, { bytes: 10 });
    let left = 2;

    const first = await scanFolder(store, table, { isTimeUp: () => --left === 0 });
    const second = await scanFolder(store, table, { startAfter: first.lastKey, isTimeUp: () => true });
    const third = await scanFolder(store, table, { startAfter: second.lastKey });

    expect(first).toEqual({ inputs: [{ key: 'a.jsonl' }], totalBytes: 20, lastKey: 'b.mp4', isComplete: false });
    expect(second).toMatchObject({ inputs: [{ key: 'c.jsonl' }], lastKey: 'c.jsonl', isComplete: true });
    expect(third).toEqual({ inputs: [], totalBytes: 0, lastKey: 'c.jsonl', isComplete: true });
  });
});

describe('an input that its job removes between the listing and the look at it', () => {
  it('is not taken for a foreignInput', async () => {
    const { store, table } = memoryWorld();
    store.put('batch_input_media-1.jsonl', { bytes: 10 });
    store.put('stray.jsonl', { bytes: 10 });

    const scan = await scanFolder({ ...store, headObject: async () => undefined }, table);

    expect(scan).toMatchObject({ inputs: [{ key: 'stray.jsonl' }], lastKey: 'stray.jsonl', isComplete: true });
    expect(scan.inputs).toHaveLength(1);
  });
});

describe('the owner of an input', () => {
  it('is the job of the table that the metadata name, also with a name that metadata cannot hold as it is', async () => {
    const world = memoryWorld();
    const job = await planned(world, { runId: 'nächtlich 1', jobName: 'media-1' });
    putInputOf(world, job);

    expect(await ownerOf(job.batchInputS3Key, world.store, world.table)).toEqual(job);
  });

  it('is nobody by the name alone', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    world.store.put(job.batchInputS3Key, { text: '{}' });

    expect(await ownerOf(job.batchInputS3Key, world.store, world.table)).toBeUndefined();
  });

  it('is nobody by name and metadata that the table does not know', async () => {
    const world = memoryWorld();
    putInputOf(world, aJob({ runId: 'of-another-stack' }));

    expect(await ownerOf('batch_input_media-of-another-stack-1.jsonl', world.store, world.table)).toBeUndefined();
  });

  it("is nobody where another key carries a job's metadata", async () => {
    const world = memoryWorld();
    const job = await planned(world);
    const metadata = { [inputMetadata.run]: job.runId, [inputMetadata.job]: job.jobName };
    world.store.put('copy-of-input.jsonl', { metadata });
    world.store.put('batch_input_copy.jsonl', { metadata });
    world.store.put(`backup/${job.batchInputS3Key}`, { metadata });

    for (const key of world.store.keys().filter((name) => name.endsWith('.jsonl'))) {
      expect(await ownerOf(key, world.store, world.table)).toBeUndefined();
    }
  });

  it.each(['', '%', '%E0%A4%A', '%zz'])('is nobody where the metadata are %j, which decode to nothing', async (run) => {
    const world = memoryWorld();
    world.store.put('batch_input_a.jsonl', { metadata: { [inputMetadata.run]: run, [inputMetadata.job]: 'a' } });

    expect(await ownerOf('batch_input_a.jsonl', world.store, world.table)).toBeUndefined();
  });

  it('is said to be gone where the object went away meanwhile', async () => {
    const { store, table } = memoryWorld();

    expect(await ownerOf('batch_input_gone.jsonl', store, table)).toBe('gone');
  });
});

describe('the sentence about foreignInputs', () => {
  it.each([
    [1, '"k1.jsonl", which'],
    [3, '"k1.jsonl", "k2.jsonl", "k3.jsonl", which'],
    [5, '"k1.jsonl", "k2.jsonl", "k3.jsonl" and 2 more, which'],
  ])('of %i names the first three', (count, names) => {
    const foreignInputs = Array.from({ length: count }, (_, at) => `k${at + 1}.jsonl`);

    expectOneSentence(
      foreignInputsSentence('media-bucket', foreignInputs),
      'Bucket media-bucket has ',
      names,
      '.ndjson',
    );
  });
});
