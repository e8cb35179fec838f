import { describe, expect, it } from 'vitest';
import type { ResultsListLine } from '../../../../../lambdas/shared/domain/run/results-list.ts';
import { coveringParts, resultsListParts } from '../../../../../lambdas/shared/domain/run/results-list-parts.ts';
import { aJob, prefixes } from '../../../../support/factories.ts';
import { memoryStore } from '../../../../support/memory-store.ts';

const job = aJob();
const folder = 'nova/batch/runs/run-1/jobs/media-run-1-1.list/';

const lineOf = (number: number, text = 'A dog.'): ResultsListLine => ({
  ...{
    key: `${number}.mp4`,
    analysis: 'shots',
    outcome: 'succeeded',
    text,
    recordId: `r-${number}`,
    jobName: job.jobName,
  },
});

/** A turn over output lines, every third of which adds nothing to the list. */
async function turn(store: ReturnType<typeof memoryStore>, from: number, to: number, text?: string): Promise<void> {
  const parts = resultsListParts(job, from, store, prefixes);
  for (let number = 1; number <= to; number++)
    await parts.add(number % 3 === 0 ? undefined : lineOf(number, text), number);
  await parts.complete(to);
}

async function covered(store: ReturnType<typeof memoryStore>, outputLines: number): Promise<string[] | undefined> {
  const parts = await coveringParts({ ...job, outputLines }, 'ndjson', store, prefixes);
  return parts?.flatMap(({ key }) => store.jsonLinesOf(key).map((line) => Object(line).recordId));
}

const idsUpTo = (last: number) =>
  Array.from({ length: last }, (_, at) => at + 1).flatMap((number) => (number % 3 === 0 ? [] : `r-${number}`));

describe('what a job adds to the list of its run', () => {
  it('is one part of each format where it is small, with a line of each answer', async () => {
    const store = memoryStore();

    await turn(store, 0, 5);

    expect(store.keys()).toEqual([`${folder}0-5.csv`, `${folder}0-5.ndjson`]);
    expect(store.linesOf(`${folder}0-5.csv`)).toHaveLength(4);
    expect(await covered(store, 5)).toEqual(idsUpTo(5));
  });

  it('is in parts that can be copied where it is large', async () => {
    const store = memoryStore();

    await turn(store, 0, 20, 'x'.repeat(1024 * 1024));

    const sizes = store.keys().flatMap((key) => (key.endsWith('.ndjson') ? (store.textOf(key)?.bytes ?? 0) : []));
    expect(sizes).toHaveLength(3);
    expect(sizes.filter((bytes) => bytes < 5 * 1024 * 1024).length).toBeLessThanOrEqual(1);
    expect(await covered(store, 20)).toEqual(idsUpTo(20));
  });

  it('has each answer once, however turns were truncated, repeated and late', async () => {
    const store = memoryStore();
    await turn(store, 0, 4);
    // The turn that was repeated came further, and the machine went on from there.
    await turn(store, 0, 7);
    await turn(store, 7, 12);
    await turn(store, 4, 9);
    // A late one, whose end nobody went on from.
    await turn(store, 7, 8);

    expect(await covered(store, 12)).toEqual(idsUpTo(12));
  });

  it('is found whole around parts that are gone, where a repeated turn has covered the same lines', async () => {
    const store = memoryStore();
    await turn(store, 0, 4);
    await turn(store, 4, 9);
    await turn(store, 0, 3);
    await turn(store, 3, 9);
    await store.deleteObject(`${folder}0-4.ndjson`);

    expect(await covered(store, 9)).toEqual(idsUpTo(9));
  });

  it('may be nothing, of no lines or of lines that answer nobody', async () => {
    const store = memoryStore();
    await turn(store, 0, 0);

    expect(store.keys()).toEqual([]);
    expect(await covered(store, 0)).toEqual([]);
    const parts = resultsListParts(job, 0, store, prefixes);
    await parts.add(undefined, 1);
    await parts.complete(1);
    expect(await covered(store, 1)).toEqual([]);
  });

  it('is not called whole where parts are gone', async () => {
    const store = memoryStore();
    await turn(store, 0, 4);
    await turn(store, 4, 9);

    expect(await covered(store, 10)).toBeUndefined();
    await store.deleteObject(`${folder}0-4.ndjson`);
    expect(await covered(store, 9)).toBeUndefined();
  });
});
