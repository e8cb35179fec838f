import { describe, expect, it } from 'vitest';
import { aCreateRequest } from '../../support/factories.ts';
import { memoryWorld, planned } from '../../support/world.ts';
import { deadNeighbour, prepare, prepareInTurns } from './preparing.ts';

describe('the look for foreignInputs', () => {
  it('goes on where the last turn stopped, and finds what lies on the last page', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    for (let at = 0; at < 10; at++) world.store.put(`proxies/C${at}.mp4`);
    world.store.put('zz/stray.jsonl');

    await expect(prepareInTurns(world, job)).rejects.toThrow('has "zz/stray.jsonl"');
  });

  it('looks at every key once, however many turns it takes, and then gives the input a turn of its own', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    for (let at = 0; at < 10; at++) world.store.put(`proxies/C${at}.mp4`);
    const seen: string[] = [];
    const store = {
      ...world.store,
      async *listObjects(...given: Parameters<typeof world.store.listObjects>) {
        for await (const object of world.store.listObjects(...given)) {
          seen.push(object.key);
          yield object;
        }
      },
    };

    const turns = await prepareInTurns(world, job, { storeOf: () => store });

    expect(turns).toBeGreaterThan(10);
    expect(new Set(seen).size).toBe(12);
    expect(world.store.has(job.batchInputS3Key)).toBe(true);
  });

  it('does not take the input of a job for a dead one while its Create request may still be on its way', async () => {
    const world = memoryWorld();
    const other = await deadNeighbour(world);
    const createRequestedAt = new Date(world.now() - 19 * 60_000).toISOString();
    await world.table.updateJob(other, { createRequest: aCreateRequest(other), createRequestedAt });
    const job = await planned(world);

    await expect(prepare(world, job)).rejects.toMatchObject({ name: 'FolderBusy' });
    expect(world.store.has(other.batchInputS3Key)).toBe(true);

    world.passMinutes(1);
    await prepare(world, job);
    expect(world.store.has(other.batchInputS3Key)).toBe(false);
  });
});
