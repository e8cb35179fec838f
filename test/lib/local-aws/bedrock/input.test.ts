import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { jobRequest, jsonl, localBedrock, padded, textRecord } from './local-bedrock.ts';

const input = (s3Uri: string) => ({ inputDataConfig: { s3InputDataConfig: { s3Uri } } });

/** What Get says of a job over these objects, once it is over. */
async function runOver(objects: Record<string, string>, s3Uri = 's3://media/in/', quotas = {}) {
  const local = await localBedrock({ quotas });
  for (const [key, body] of Object.entries(objects)) await local.put(key, body);
  const jobArn = await local.create(input(s3Uri));
  return { ...local, jobArn, job: await local.until(jobArn) };
}

test('too few records are known in validation, not at Create, and said in the words of Bedrock', async () => {
  const { job } = await runOver({ 'in/input.jsonl': jsonl([textRecord('only')]) });

  expect(job).toMatchObject({
    status: 'Failed',
    message: 'Batch job contains less records (1) than the required minimum of: 100',
  });
});

test('the minimum counts across all files of the folder', async () => {
  const half = jsonl(padded([], 50));

  expect((await runOver({ 'in/a.jsonl': half, 'in/b.jsonl': half })).job.status).toBe('Completed');
});

const hundred = jsonl(padded([]));

test.each([
  ['records per job', { maxRecordsPerJob: 99 }],
  ['records per file', { maxRecordsPerFile: 99 }],
  ['bytes per file', { maxFileBytes: hundred.length - 1 }],
  ['bytes per job', { maxJobBytes: hundred.length - 1 }],
])('more %s than the quota is a failed job', async (_what, quotas) => {
  const { job } = await runOver({ 'in/input.jsonl': hundred }, 's3://media/in/', quotas);

  expect(job.status).toBe('Failed');
  expect(job.message).toMatch(/^Batch job contains more .*than the maximum of: \d+$/);
});

test('as much as the quotas allow is fine', async () => {
  const bytes = hundred.length;
  const quotas = { maxRecordsPerJob: 100, maxRecordsPerFile: 100, maxFileBytes: bytes, maxJobBytes: bytes };

  expect((await runOver({ 'in/input.jsonl': hundred }, 's3://media/in/', quotas)).job.status).toBe('Completed');
});

test('everything in the folder counts toward the size of the job, media included, and nothing beside it', async () => {
  const quotas = { maxJobBytes: hundred.length + 10 };

  const beside = await runOver({ 'in/input.jsonl': hundred, 'beside/a.mp4': 'x'.repeat(11) }, 's3://media/in/', quotas);
  const within = await runOver(
    { 'in/input.jsonl': hundred, 'in/deep/a.mp4': 'x'.repeat(11) },
    's3://media/in/',
    quotas,
  );

  expect(beside.job.status).toBe('Completed');
  expect(within.job.message).toContain('bytes, media included');
});

test.each([
  ['a line that is no JSON', 'not json'],
  ['a blank line', ''],
  ['a list', '[]'],
  ['a record without modelInput', '{"recordId":"a"}'],
  ['a modelInput that is a text', '{"recordId":"a","modelInput":"hello"}'],
  ['a recordId that is a number', '{"recordId":1,"modelInput":{}}'],
])('%s fails the job, naming line and file', async (_what, line) => {
  const { job } = await runOver({ 'in/input.jsonl': `${hundred}${line}\n${hundred}` });

  expect(job).toMatchObject({ status: 'Failed', message: 'Line 101 of in/input.jsonl is malformed' });
});

test('what a modelInput holds is not looked into before the run', async () => {
  const { job } = await runOver({ 'in/input.jsonl': jsonl(padded([{ recordId: 'odd', modelInput: { odd: true } }])) });

  expect(job).toMatchObject({ status: 'Completed', successRecordCount: 99, errorRecordCount: 1 });
});

test('every .jsonl under the folder is run, nested ones too, each with an output of its own', async () => {
  const { job, keysUnder, outputLines, jobArn } = await runOver({
    'in/ours.jsonl': hundred,
    'in/nested/foreignInput.jsonl': jsonl([textRecord('foreignInput')]),
    'in/notes.json': '{}',
    'in/UPPER.JSONL': 'not json',
    'elsewhere.jsonl': 'not json',
  });

  const jobId = jobArn.slice(-12);
  expect(job).toMatchObject({ status: 'Completed', totalRecordCount: 101 });
  expect(await keysUnder('out/')).toEqual([
    `out/${jobId}/manifest.json.out`,
    `out/${jobId}/nested/foreignInput.jsonl.out`,
    `out/${jobId}/ours.jsonl.out`,
  ]);
  expect((await outputLines(jobArn, 'nested/foreignInput.jsonl')).map(({ recordId }) => recordId)).toEqual([
    'foreignInput',
  ]);
});

test('the root of a bucket is a folder like any other', async () => {
  const { job } = await runOver({ 'batch_input_a.jsonl': hundred, 'proxies/b.jsonl': hundred }, 's3://media/');

  expect(job).toMatchObject({ status: 'Completed', totalRecordCount: 200 });
});

test('a file as the input runs that file alone', async () => {
  const { job, keysUnder, jobArn } = await runOver(
    { 'in/a.jsonl': hundred, 'in/a.jsonl.jsonl': hundred },
    's3://media/in/a.jsonl',
  );

  expect(job).toMatchObject({ status: 'Completed', totalRecordCount: 100 });
  expect(await keysUnder('out/')).toContain(`out/${jobArn.slice(-12)}/a.jsonl.out`);
});

test.each([
  ['an empty folder', 's3://media/empty/'],
  ['a bucket without its slash', 's3://media'],
  ['a folder without its slash', 's3://media/in'],
  ['a file that is not there', 's3://media/in/missing.jsonl'],
  ['a file of another kind', 's3://media/in/input.json'],
])('%s has no input', async (_what, uri) => {
  const { job } = await runOver({ 'in/input.jsonl': hundred, 'in/input.json': hundred }, uri);

  expect(job).toMatchObject({ status: 'Failed', message: `No .jsonl file was found at ${uri}` });
});

test('a bucket that is not there fails the job, naming the role and what S3 said', async () => {
  const { job } = await runOver({}, 's3://nowhere/in/');

  expect(job.status).toBe('Failed');
  expect(job.message).toMatch(/^S3 refused arn:aws:iam::123456789012:role\/bedrock-batch: NoSuchBucket: /);
});

test('the input is read some time after Create, so that what is written meanwhile is run too', async () => {
  const { create, until, put } = await localBedrock();
  const jobArn = await create();
  await put('in/late.jsonl', hundred);

  expect(await until(jobArn)).toMatchObject({ status: 'Completed', totalRecordCount: 100 });
});

test('the input must stay until the job is over', async () => {
  const { create, until, put, s3 } = await localBedrock();
  await put('in/input.jsonl', hundred);
  const jobArn = await create();
  await until(jobArn, 'InProgress');
  await s3.send(new DeleteObjectCommand({ Bucket: 'media', Key: 'in/input.jsonl' }));

  expect(await until(jobArn)).toMatchObject({ status: 'Failed', message: expect.stringContaining('NoSuchKey') });
});

test('the job reads and writes as its service role', async () => {
  const roles: string[] = [];
  const local = await localBedrock();
  const { create } = await localBedrock({
    s3: (roleArn) => {
      roles.push(roleArn);
      return local.s3;
    },
  });

  await create(jobRequest({ roleArn: 'arn:aws:iam::123456789012:role/special' }));

  expect(roles).toEqual(['arn:aws:iam::123456789012:role/special']);
});
