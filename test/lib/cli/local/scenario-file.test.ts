import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { expect, onTestFinished, test } from 'vitest';
import { localHelp } from '../../../../lib/cli/local/command.ts';
import { readScenario } from '../../../../lib/cli/local/scenario-file.ts';
import { jobSchema } from '../../../../lib/local-aws/bedrock/jobs.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';
import { jobRequest, jsonl, localBedrock, padded, textRecord } from '../../local-aws/bedrock/local-bedrock.ts';

/** A file with this text, gone when the test is over. */
function fileWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'scenario.json');
  writeFileSync(file, content);
  return file;
}
const scenario = (content: object, seed?: number) => readScenario(fileWith(JSON.stringify(content)), seed);

test('the first entry that matches the name of a job decides what happens, and no entry means success', async () => {
  const local = await localBedrock(
    await scenario({
      jobs: [
        { name: 'nightly-*', end: 'Expired' },
        { name: '*-*', end: 'Failed', message: 'No luck.' },
        { name: 'odd', records: [{ every: 10, does: 'fail', retryable: false }] },
      ],
    }),
  );
  await local.put('in/input.jsonl', jsonl(padded([])));
  const end = async (jobName: string) => local.until(await local.create({ jobName }));

  expect(await end('nightly-a')).toMatchObject({ status: 'Expired' });
  expect(await end('weekly-a')).toMatchObject({ status: 'Failed', message: 'No luck.' });
  expect(await end('odd')).toMatchObject({ status: 'Completed', errorRecordCount: 10 });
  expect(await end('other')).toMatchObject({ status: 'Completed', errorRecordCount: 0 });
});

test('quotas and faults of a file hold', async () => {
  const { create, client } = await localBedrock(
    await scenario({
      quotas: { perModel: { 'amazon.nova-lite-v1:0': { maxOpenJobs: 1 } } },
      faults: [{ operation: 'ListModelInvocationJobs', code: 'ThrottlingException', calls: 1 }],
    }),
  );
  const list = () => client.send(new ListModelInvocationJobsCommand({}));
  await create();

  await expect(create()).rejects.toThrow('of at most 1');
  await expect(list()).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 429 } });
  await expect(list()).resolves.toHaveProperty('invocationJobSummaries');
});

test('a seed makes random values repeatable, and a given one overrides the file’s', async () => {
  const numbers = async (content: object, seed?: number) => {
    const { random } = await scenario(content, seed);
    return random && [random(), random(), random()];
  };
  const seven = await numbers({ seed: 7 });

  expect(new Set(seven).size).toBe(3);
  expect(await numbers({ seed: 7 })).toEqual(seven);
  expect(await numbers({ seed: 8 }, 7)).toEqual(seven);
  expect(await numbers({ seed: 8 })).not.toEqual(seven);
  expect(await numbers({})).toBeUndefined();
});

/** How two jobs go with nothing but a seed. */
async function twoJobs(seed: number) {
  const trouble = await readScenario(undefined, seed);
  const { put, create, until, keysUnder, read } = await localBedrock({ ...trouble, faults: [] });
  await put('in/input.jsonl', jsonl(padded([textRecord('a')], 120)));
  const ends: object[] = [];
  for (const jobName of ['first', 'second']) {
    const { jobArn, status, endTime, errorRecordCount } = await until(await create({ jobName }));
    const keys = await keysUnder('out/');
    ends.push({ jobArn, status, endTime, errorRecordCount, outputs: await Promise.all(keys.map(read)) });
  }
  return ends;
}

test('a seed alone makes a mixture that is the same every time and another with every seed', async () => {
  const [one, again, other] = [await twoJobs(5), await twoJobs(5), await twoJobs(6)];

  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

test('over many seeds every failure happens, and most jobs and records succeed', async () => {
  const time = '2026-11-20T09:00:00Z';
  const job = jobSchema.parse({
    ...jobRequest(),
    jobArn: '',
    submitTime: time,
    lastModifiedTime: time,
    jobExpirationTime: time,
  });
  const mixtures = await Promise.all(Array.from({ length: 200 }, (_, seed) => readScenario(undefined, seed)));
  const jobs = mixtures.map(({ scenario }) => scenario?.(job) ?? {});

  const ends = Map.groupBy(jobs, ({ end }) => end);
  expect([...ends.keys()].toSorted()).toEqual(['Completed', 'Expired', 'Failed', 'PartiallyCompleted', 'Stopped']);
  expect(ends.get('Completed')?.length).toBeGreaterThan(100);
  const records = jobs.flatMap(({ records = [] }) => records);
  const kinds = ['double', 'fail', 'foreign', 'missing', 'notJson', 'truncate'];
  expect([...new Set(records.map(({ does }) => does))].toSorted()).toEqual(kinds);
  expect(Math.min(...records.map(({ every = 1 }) => every))).toBeGreaterThanOrEqual(20);
  const faults = mixtures.flatMap(({ faults = [] }) => faults);
  expect(new Set(faults.map(({ operation, code }) => `${operation} ${code}`)).size).toBe(10);
  // The SDK tries three times, so that a call still gets through.
  expect(Math.max(...faults.map(({ calls }) => calls))).toBe(2);
});

test('without a file and a seed there are no failures', async () => {
  expect(await readScenario(undefined, undefined)).toEqual({});
});

test('the scenario in the help is valid', async () => {
  const [example = ''] = /\{"seed"[\s\S]+?\]\}\n/.exec(localHelp) ?? [];

  await expect(readScenario(fileWith(example), undefined)).resolves.toMatchObject({
    quotas: { maxOpenJobs: 1 },
    faults: [{ code: 'ThrottlingException', calls: 2 }],
  });
});

test.each([
  ['an unknown field', { job: [] }, 'the whole: Unrecognized key: "job"'],
  ['an end that is none', { jobs: [{ end: 'Cancelled' }] }, 'jobs.0.end: Invalid option: expected one of "Completed"'],
  ['an unknown field of a job', { jobs: [{ ending: 'Failed' }] }, 'jobs.0: Unrecognized key: "ending"'],
  [
    'a fault of no operation',
    { faults: [{ operation: 'Invoke', code: 'ThrottlingException', calls: 1 }] },
    'faults.0.operation',
  ],
  ['a quota of an unknown model', { quotas: { perModel: { nova: {} } } }, 'quotas.perModel: Unrecognized key: "nova"'],
  ['a quota of zero', { quotas: { maxOpenJobs: 0 } }, 'quotas.maxOpenJobs: Too small: expected number to be >=1'],
  ['a seed that is a text', { seed: '7' }, 'seed: Invalid input: expected number, received string'],
])('refuses %s in one sentence that says where', async (_what, content, part) => {
  const file = fileWith(JSON.stringify(content));

  const error: Error = await readScenario(file, undefined).then(
    () => new Error('none'),
    (reason) => reason,
  );

  expectOneSentence(error.message, file, part, 'correct it there');
});

test('events may be lost or doubled, every n-th of them', async () => {
  expect(await scenario({ events: { lose: 3, double: 2 } })).toMatchObject({ events: { lose: 3, double: 2 } });
  await expect(scenario({ events: { lose: 0 } })).rejects.toThrow('events.lose');
});

test.each([
  ['is not JSON', () => fileWith('{"seed": 7,}'), 'is not JSON'],
  ['is not there', () => '/nowhere/scenario.json', 'ENOENT'],
  ['is a folder', () => tmpdir(), 'EISDIR'],
])('refuses a file that %s in one sentence', async (_what, make, part) => {
  const file = make();

  const error: Error = await readScenario(file, undefined).then(
    () => new Error('none'),
    (reason) => reason,
  );

  expectOneSentence(error.message, file, part);
});
