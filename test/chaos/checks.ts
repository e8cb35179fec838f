import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Draws } from './draws.ts';
import { contentOf } from './media-pool.ts';
import { type Ran, readRan } from './ran.ts';
import { nothingRanTwice } from './ran-twice.ts';
import { manifestKey } from './requests.ts';
import { type Ask, type RunState, readRuns } from './runs.ts';
import type { State } from './state.ts';
import { foreignText, manifestText, type World } from './world.ts';

/** What the six statements are judged by. */
export interface Evidence {
  draws: Draws;
  state: State;
  runs: RunState[];
  ran: Ran[];
  /** When the seed began. */
  startAt: number;
  /** By record ID. */
  asks: Map<string, Ask>;
}

/** Says what does not hold, a sentence each. */
export type Check = (evidence: Evidence) => string[] | Promise<string[]>;

const subjectOf = ({ key, analysis }: { key: string; analysis: string }) => `${analysis} of ${key}`;

/** 1. Every submitted record is in its run's ledger exactly once. */
const everyRecordIsInTheLedgerOnce: Check = ({ runs, ran, asks }) =>
  runs.flatMap(({ runId, status, asks: all, ledger, skippedLater, outcome }) => {
    const broken: string[] = [];
    const times = Map.groupBy(ledger, subjectOf);
    const skipped = new Set(skippedLater.map(subjectOf));
    const planned = new Set(all.map(subjectOf));
    for (const subject of planned) {
      const count = (times.get(subject)?.length ?? 0) + (skipped.has(subject) ? 1 : 0);
      if (count !== 1) broken.push(`${subject} is ${count} times in the ledger of ${runId}`);
    }
    for (const line of ledger) {
      if (!planned.has(subjectOf(line))) broken.push(`${subjectOf(line)} in the ledger of ${runId} was not planned`);
    }
    const known = new Set(
      ledger.flatMap(({ recordId, earlier }) => [recordId, ...earlier.map((each) => each.recordId)]),
    );
    for (const { recordId, jobName } of ran) {
      if (asks.get(recordId)?.runId === runId && !known.has(recordId))
        broken.push(`${recordId}, which Bedrock ran in ${jobName}, is not in the ledger of ${runId}`);
    }
    if (/^(Planning|Running)$/.test(status)) broken.push(`${runId} is still ${status}`);
    if (planned.size > 0 && !outcome) broken.push(`${runId} has no outcome`);
    const { submitted = 0, succeeded = 0, failed = 0, missing = 0 } = outcome?.records ?? {};
    if (outcome && (submitted !== ledger.length || submitted !== succeeded + failed + missing))
      broken.push(`${runId} counts ${JSON.stringify(outcome.records)} for ${ledger.length} lines of its ledger`);
    return broken;
  });

const resultSchema = z.object({ media: z.object({ key: z.string() }), recordId: z.string(), text: z.string() });

function resultKeyOf({ key, analysis }: { key: string; analysis: string }): string {
  const name = `nova/batch/results/${analysis}/${key}.json`;
  return Buffer.byteLength(name) <= 1024 ? name : `nova/batch/results/${analysis}/${hash('sha256', key)}.json`;
}

/** 3. Every succeeded record has its result, and its content is that of its media. */
const everySuccessHasItsResult: Check = async ({ runs, state, draws }) => {
  const broken: string[] = [];
  const succeeded = runs.flatMap(({ ledger }) => ledger.filter(({ outcome }) => outcome === 'succeeded'));
  for (const [resultKey, lines] of Map.groupBy(succeeded, resultKeyOf)) {
    const [{ key, recordId: first } = { key: '', recordId: '' }] = lines;
    if (!state.objects.has(resultKey)) {
      broken.push(`${first} succeeded and has no result ${resultKey}`);
      continue;
    }
    const { media, recordId, text } = resultSchema.parse(JSON.parse(await state.text(resultKey)));
    if (media.key !== key || !lines.some((line) => line.recordId === recordId))
      broken.push(`${resultKey} is of ${recordId} about ${media.key}, of no record that succeeded`);
    const contents = [...draws.media, ...draws.changes].flatMap((each) =>
      each.key === key && each.content !== undefined ? [contentOf(each.content)] : [],
    );
    if (!contents.some(({ body, pixels }) => text.includes(pixels) && text.includes(`${body.length} bytes`)))
      broken.push(`${resultKey} is not about its media: ${text.slice(0, 200)}`);
  }
  return broken;
};

/** 4. Media are byte for byte as before, and so is a foreign `.jsonl`. */
const mediaAreAsBefore: Check = ({ state, draws }) => {
  const expected = new Map(draws.media.map(({ key, content }) => [key, contentOf(content).etag]));
  expected.set(manifestKey, hash('md5', manifestText(draws.media)));
  for (const { key, content } of draws.changes) {
    if (content === undefined) expected.delete(key);
    else expected.set(key, contentOf(content).etag);
  }
  for (const { key, records, removedMs } of draws.foreignInputs) {
    if (removedMs === undefined) expected.set(key, hash('md5', foreignText(records)));
  }
  const isOurs = (key: string) => /^(nova\/batch\/|batch_input_)/.test(key);
  return [
    ...[...expected].flatMap(([key, etag]) => {
      const there = state.objects.get(key);
      return there?.etag === etag ? [] : [`${key} was ${etag} and is ${there?.etag ?? 'gone'}`];
    }),
    ...[...state.objects.keys()].flatMap((key) =>
      expected.has(key) || isOurs(key) ? [] : [`${key} was not there before`],
    ),
  ];
};

const lockSchema = z.object({ owner: z.unknown(), queue: z.array(z.unknown()) });
const ends = ['Stopped', 'Completed', 'PartiallyCompleted', 'Expired', 'Failed'];

/** 5. No input of ours, no copy, no lock, no running job is left. */
const nothingIsLeft: Check = ({ state, draws }) => {
  const foreignInputs = new Set(draws.foreignInputs.map(({ key }) => key));
  const left = [...state.objects.keys()].filter((key) => /^batch_input_|^nova\/batch\/staging\//.test(key));
  return [
    ...left.flatMap((key) => (foreignInputs.has(key) ? [] : [`${key} is left`])),
    ...state.staged.map((key) => `${key} is left in the staging bucket`),
    ...state.items.flatMap((item) => {
      if (!String(item.pk).startsWith('LOCK#')) return [];
      const { owner, queue } = lockSchema.parse({ owner: undefined, ...item });
      return owner === undefined && queue.length === 0 ? [] : [`the lock has ${JSON.stringify({ owner, queue })}`];
    }),
    ...state.jobs.flatMap(({ jobName, status = '' }) => (ends.includes(status) ? [] : [`${jobName} is ${status}`])),
  ];
};

/** 6. Every execution ended, within its history limit. */
const everyExecutionEnded: Check = ({ state }) =>
  state.executions.flatMap(({ name, status, events }) => [
    ...(['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT'].includes(status) ? [] : [`${name} is ${status}`]),
    ...(events <= 25_000 ? [] : [`${name} has ${events} events`]),
  ]);

/** The six statements, in their order. */
export const checks = {
  everyRecordIsInTheLedgerOnce,
  nothingRanTwice,
  everySuccessHasItsResult,
  mediaAreAsBefore,
  nothingIsLeft,
  everyExecutionEnded,
};

/** What does not hold, each in a sentence that begins with the name of the statement. */
export async function judge(world: World, state: State): Promise<string[]> {
  const runs = await readRuns(state);
  const asks = new Map(runs.flatMap((run) => run.asks.map((ask) => [ask.recordId, ask])));
  const { draws, startAt } = world;
  const evidence = { draws, startAt, state, runs, ran: readRan(state, world), asks };
  const broken: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    broken.push(...(await check(evidence)).map((sentence) => `${name}: ${sentence}`));
  }
  return broken;
}
