import { StopModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import { expect, test } from 'vitest';
import type { JobScenario } from '../../../../lib/local-aws/bedrock/scenario.ts';
import { jsonl, localBedrock, padded, startedAt } from './local-bedrock.ts';

const hourMs = 3_600_000;

/** A local Bedrock whose jobs have 120 records and go as the scenario says. */
async function jobOf120(scenario: JobScenario = {}, options = {}) {
  const local = await localBedrock({ scenario: () => scenario, ...options });
  await local.put('in/input.jsonl', jsonl(padded([], 120)));
  const manifest = async (jobArn: string) => JSON.parse(await local.read(`out/${jobArn.slice(-12)}/manifest.json.out`));
  return { ...local, manifest };
}

test('a job goes through its statuses in the time they take', async () => {
  const { create, get, sleep } = await jobOf120();
  const jobArn = await create();
  const seen: (string | undefined)[] = [];

  for (const secondsLater of [29, 31, 29, 300, 2]) {
    await sleep(secondsLater * 1000);
    seen.push((await get(jobArn)).status);
  }

  expect(seen).toEqual(['Submitted', 'Validating', 'Validating', 'Scheduled', 'InProgress']);
});

test('a good day ends Completed, with its counters and its time of end', async () => {
  const { create, until } = await jobOf120();

  const job = await until(await create());

  expect(job).toMatchObject({
    status: 'Completed',
    totalRecordCount: 120,
    processedRecordCount: 120,
    successRecordCount: 120,
    errorRecordCount: 0,
    endTime: new Date(startedAt + (30 + 60 + 300 + 180 + 120) * 1000),
  });
  expect(job.message).toBeUndefined();
});

test('counters are zero until the job is in progress, and then lag by no more than a minute', async () => {
  const { create, until, get, sleep } = await jobOf120({ inProgress: 0, perRecord: 10 });
  const jobArn = await create();

  const scheduled = await until(jobArn, 'Scheduled');
  await until(jobArn, 'InProgress');
  await sleep(119_000);
  const later = await get(jobArn);

  expect([scheduled.totalRecordCount, scheduled.processedRecordCount]).toEqual([0, 0]);
  expect(later.totalRecordCount).toBe(120);
  expect(later.processedRecordCount).toBeGreaterThanOrEqual(6);
  expect(later.processedRecordCount).toBeLessThanOrEqual(12);
});

test('a job that never gets its turn is Expired at its timeout, and writes nothing', async () => {
  const { create, until, keysUnder } = await jobOf120({ end: 'Expired' });

  const job = await until(await create({ timeoutDurationInHours: 168 }));

  expect(job).toMatchObject({
    status: 'Expired',
    endTime: new Date(startedAt + 168 * hourMs),
    processedRecordCount: 0,
  });
  expect(await keysUnder('out/')).toEqual([]);
});

test('a job that is slower than its timeout is PartiallyCompleted, with the records that were done', async () => {
  const { create, until, outputLines, manifest } = await jobOf120({ end: 'PartiallyCompleted' });
  const jobArn = await create({ timeoutDurationInHours: 24 });

  const job = await until(jobArn);

  expect(job).toMatchObject({ status: 'PartiallyCompleted', endTime: new Date(startedAt + 24 * hourMs) });
  expect(job).toMatchObject({ totalRecordCount: 120, processedRecordCount: 60, successRecordCount: 60 });
  expect(await outputLines(jobArn)).toHaveLength(60);
  expect(await manifest(jobArn)).toMatchObject({ totalRecordCount: 120, processedRecordCount: 60 });
});

test('a job without a timeout has 24 hours', async () => {
  const { create, until } = await jobOf120({ end: 'Expired' });

  const job = await until(await create({ timeoutDurationInHours: undefined }));

  expect(job.endTime).toEqual(new Date(startedAt + 24 * hourMs));
});

test('a job that is stopped while it is in progress leaves the records that were done', async () => {
  const { client, create, until, outputLines, sleep } = await jobOf120({ inProgress: 0, perRecord: 10, stopping: 90 });
  const jobArn = await create();
  await until(jobArn, 'InProgress');
  await sleep(600_000);

  await client.send(new StopModelInvocationJobCommand({ jobIdentifier: jobArn }));
  const job = await until(jobArn);

  const lines = await outputLines(jobArn);
  expect(job.status).toBe('Stopped');
  expect(lines.length).toBe(job.processedRecordCount);
  expect(lines.length).toBeGreaterThanOrEqual(54);
  expect(lines.length).toBeLessThanOrEqual(66);
});

test('a scenario may have someone else stop the job', async () => {
  const { create, until, outputLines } = await jobOf120({ end: 'Stopped' });
  const jobArn = await create();

  expect(await until(jobArn)).toMatchObject({ status: 'Stopped', processedRecordCount: 60 });
  expect(await outputLines(jobArn)).toHaveLength(60);
});

test('a scenario may fail a job in validation, with a message that Get shows', async () => {
  const { create, until, keysUnder } = await jobOf120({ end: 'Failed', message: 'Bedrock is out of order.' });

  const job = await until(await create());

  expect(job).toMatchObject({ status: 'Failed', message: 'Bedrock is out of order.', endTime: expect.any(Date) });
  expect(await keysUnder('out/')).toEqual([]);
});

test('a job whose output cannot be written has failed', async () => {
  const { create, until } = await jobOf120();

  const job = await until(await create({ outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://nowhere/out/' } } }));

  expect(job.status).toBe('Failed');
  expect(job.message).toContain('NoSuchBucket');
});

test('after a restart the jobs are still there, and those that were not over have failed', async () => {
  const { create, until, close, clock, dataFolder, get } = await jobOf120({}, { keepData: true });
  const over = await until(await create({ jobName: 'over' }));
  const running = await create({ jobName: 'running' });
  await until(running, 'InProgress');
  const { $metadata, ...before } = await get(over.jobArn ?? '');
  await close();

  const again = await localBedrock({ clock, dataFolder });

  const { $metadata: _, ...after } = await again.get(over.jobArn ?? '');
  expect(after).toEqual(before);
  expect(await again.get(running)).toMatchObject({
    status: 'Failed',
    message: 'The local AWS was stopped while this job was InProgress.',
    endTime: new Date(clock.now()),
  });
  await expect(again.create({ jobName: 'over' })).rejects.toThrow('There has been a job');
});

test('the same seed makes the same job IDs and the same order', async () => {
  const [first, second] = await Promise.all([jobOf120(), jobOf120()]);
  const outputs = [];

  for (const { create, until, outputLines } of [first, second]) {
    const jobArn = await create();
    await until(jobArn);
    outputs.push({ jobArn, lines: await outputLines(jobArn) });
  }

  expect(outputs[0]).toEqual(outputs[1]);
});
