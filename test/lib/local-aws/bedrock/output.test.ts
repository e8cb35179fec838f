import { expect, test } from 'vitest';
import { jsonl, localBedrock, padded, textRecord, videoRecord } from './local-bedrock.ts';

const ids = (lines: { recordId: string }[]) => lines.map(({ recordId }) => recordId);
const inputIds = padded([]).map((_, index) => `pad-${index}`);

test('the output holds each record once, in another order than the input', async () => {
  const { put, create, until, outputLines } = await localBedrock();
  await put('in/input.jsonl', jsonl(padded([])));
  const jobArn = await create();
  await until(jobArn);

  const found = ids(await outputLines(jobArn));

  expect(found).not.toEqual(inputIds);
  expect(found.toSorted()).toEqual(inputIds.toSorted());
});

test('the output of a job of several thousand records is whole and shuffled too', async () => {
  const { put, create, until, outputLines } = await localBedrock();
  await put('in/input.jsonl', jsonl(padded([], 2_500)));
  const jobArn = await create();

  expect(await until(jobArn)).toMatchObject({ status: 'Completed', successRecordCount: 2_500 });
  expect(new Set(ids(await outputLines(jobArn))).size).toBe(2_500);
});

test('the manifest sums up records and tokens', async () => {
  const { put, create, until, read, outputLines } = await localBedrock();
  await put('in/input.jsonl', jsonl(padded([videoRecord('missing', 's3://media/in/missing.mp4')])));
  const jobArn = await create();
  await until(jobArn);

  const usages = (await outputLines(jobArn)).flatMap(({ modelOutput }) => modelOutput?.usage ?? []);
  expect(JSON.parse(await read(`out/${jobArn.slice(-12)}/manifest.json.out`))).toEqual({
    totalRecordCount: 100,
    processedRecordCount: 100,
    successRecordCount: 99,
    errorRecordCount: 1,
    inputTokenCount: usages.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    outputTokenCount: usages.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
  });
});

test.each([
  ['s3://media/', ''],
  ['s3://media', ''],
  ['s3://media/deep/out', 'deep/out/'],
  ['s3://media/deep/out/', 'deep/out/'],
])('with %s as the output its files are under the ID of the job', async (s3Uri, prefix) => {
  const { put, create, until, keysUnder } = await localBedrock();
  await put('in/input.jsonl', jsonl(padded([])));
  const jobArn = await create({ outputDataConfig: { s3OutputDataConfig: { s3Uri } } });
  await until(jobArn);

  const folder = `${prefix}${jobArn.slice(-12)}`;
  expect(await keysUnder(folder)).toEqual([`${folder}/input.jsonl.out`, `${folder}/manifest.json.out`]);
});

test('a scenario may fail records, lose, double and add lines, and truncate answers or make them no JSON', async () => {
  const schema = JSON.stringify({ type: 'object', properties: { title: { type: 'string' } } });
  const records = ['fail', 'missing', 'double', 'foreign', 'truncate', 'notJson', 'good'].map((recordId) =>
    textRecord(recordId, `Answer by this schema: ${schema}`, {}),
  );
  const { put, create, until, outputLines } = await localBedrock({
    scenario: () => ({
      records: [
        { recordIds: ['fail'], does: 'fail', errorCode: 429, errorMessage: 'Too many requests.', retryable: true },
        { recordIds: ['missing'], does: 'missing' },
        { recordIds: ['double'], does: 'double' },
        { recordIds: ['foreign'], does: 'foreign' },
        { recordIds: ['truncate'], does: 'truncate' },
        { recordIds: ['notJson'], does: 'notJson' },
      ],
    }),
  });
  await put('in/input.jsonl', jsonl(padded(records)));
  const jobArn = await create();

  const job = await until(jobArn);

  const lines = await outputLines(jobArn);
  const named = (recordId: string) => lines.filter((line) => line.recordId === recordId);
  const outputOf = (recordId: string) => named(recordId)[0]?.modelOutput;
  const textOf = (recordId: string) => outputOf(recordId)?.output.message.content[0]?.text ?? '';
  expect(job).toMatchObject({
    status: 'Completed',
    totalRecordCount: 100,
    successRecordCount: 99,
    errorRecordCount: 1,
  });
  expect(named('fail')[0]).toMatchObject({
    error: { errorCode: 429, errorMessage: 'Too many requests.', retryable: true },
  });
  expect(named('fail')[0]).not.toHaveProperty('modelOutput');
  expect(named('missing')).toHaveLength(0);
  expect(named('double')).toHaveLength(2);
  expect(outputOf('truncate')?.stopReason).toBe('max_tokens');
  expect(() => JSON.parse(textOf('truncate'))).toThrow();
  expect(outputOf('notJson')?.stopReason).toBe('end_turn');
  expect(() => JSON.parse(textOf('notJson'))).toThrow();
  expect(JSON.parse(textOf('good'))).toHaveProperty('title');
  expect(lines).toHaveLength(101);
});

test('a fault may affect every n-th record', async () => {
  const { answer } = await localBedrock({ scenario: () => ({ records: [{ every: 10, does: 'fail' }] }) });

  const { lines, job } = await answer([]);

  const failed = [...lines.values()].filter(({ error }) => error).map(({ recordId }) => recordId);
  expect(job.errorRecordCount).toBe(10);
  expect(failed.toSorted()).toEqual(inputIds.filter((_, index) => index % 10 === 9).toSorted());
});
