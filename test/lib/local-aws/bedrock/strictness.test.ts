import { expect, test } from 'vitest';
import { jsonl, localBedrock, padded, textRecord, videoRecord } from './local-bedrock.ts';

const refused = { name: 'ValidationException', $metadata: { httpStatusCode: 400 } };
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';
const inlineImages = (count: number) =>
  Array.from({ length: count }, () => ({ image: { format: 'png', source: { bytes: png } } }));
const turn = (role: string, ...content: object[]) => ({ role, content: [...content, { text: 'Hello.' }] });

test('counters count failures while the job runs, and never decrease', async () => {
  const { put, create, until, get, sleep } = await localBedrock({ scenario: () => ({ inProgress: 0, perRecord: 60 }) });
  const bad = Array.from({ length: 50 }, (_, at) => ({ recordId: `bad-${at}`, modelInput: { bad: 1 } }));
  await put('in/input.jsonl', jsonl(padded(bad)));
  const jobArn = await create();

  await until(jobArn, 'InProgress');
  const seen: number[][] = [];
  for (let quarter = 1; quarter <= 4; quarter += 1) {
    await sleep(20 * 60_000);
    const { processedRecordCount = 0, successRecordCount = 0, errorRecordCount = 0 } = await get(jobArn);
    expect(processedRecordCount).toBe(successRecordCount + errorRecordCount);
    seen.push([processedRecordCount, errorRecordCount]);
  }
  const end = await until(jobArn);

  expect(seen.map(([processed]) => processed)).toEqual(
    [19, 39, 59, 79].map((least) => expect.toSatisfy((count: number) => count >= least && count <= least + 2)),
  );
  expect(seen.map(([processed = 0, failed = 0]) => failed === Math.min(processed, 50))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([end.status, end.successRecordCount, end.errorRecordCount]).toEqual(['Completed', 50, 50]);
});

test('time passes for a job whose input is far larger than what a connection holds', async () => {
  const { put, create, until, outputLines } = await localBedrock();
  const long = (recordId: string) => ({
    recordId,
    modelInput: { messages: [{ role: 'user', content: [{ text: 'long '.repeat(20_000) }] }] },
  });
  await put('in/input.jsonl', jsonl(Array.from({ length: 200 }, (_, at) => long(`long-${at}`))));

  const jobArn = await create();

  expect(await until(jobArn)).toMatchObject({ status: 'Completed', successRecordCount: 200 });
  expect(new Set((await outputLines(jobArn)).map(({ recordId }) => recordId)).size).toBe(200);
});

test('media of a bucket with another owner fail their record, those of this account do not', async () => {
  const { put, create, until, outputLines } = await localBedrock();
  const owned = (recordId: string, bucketOwner: string) => {
    const record = videoRecord(recordId, 's3://media/in/none.mp4');
    return JSON.parse(JSON.stringify(record).replace('"uri"', `"bucketOwner":"${bucketOwner}","uri"`));
  };
  await put('in/input.jsonl', jsonl(padded([owned('theirs', '999999999999'), owned('ours', '123456789012')])));

  const jobArn = await create();
  await until(jobArn);

  const errorOf = async (id: string) => (await outputLines(jobArn)).find(({ recordId }) => recordId === id)?.error;
  expect(await errorOf('theirs')).toMatchObject({
    errorCode: 403,
    errorMessage: expect.stringContaining('does not own'),
  });
  expect(await errorOf('ours')).toMatchObject({ errorMessage: expect.stringContaining('not found') });
});

test.each([
  ['amazon.nova-lite-v1:0', 20, 21],
  ['us.amazon.nova-2-lite-v1:0', 5, 6],
])('%s takes %i images as bytes and not %i', async (modelId, taken, tooMany) => {
  const { put, create, until, outputLines } = await localBedrock();
  const withImages = (recordId: string, count: number) => ({
    recordId,
    modelInput: { messages: [turn('user', ...inlineImages(count))] },
  });
  await put('in/input.jsonl', jsonl(padded([withImages('taken', taken), withImages('too-many', tooMany)])));

  const jobArn = await create({ modelId });
  await until(jobArn);

  const lines = await outputLines(jobArn);
  expect(lines.find(({ recordId }) => recordId === 'taken')?.error).toBeUndefined();
  expect(lines.find(({ recordId }) => recordId === 'too-many')?.error).toMatchObject({
    errorMessage: `There are ${tooMany} images, of at most ${taken} inline, 1000 from S3.`,
  });
});

test('turns alternate between user and assistant', async () => {
  const { put, create, until, outputLines } = await localBedrock();
  const conversation = (recordId: string, ...roles: string[]) => ({
    recordId,
    modelInput: { messages: roles.map((role) => turn(role)) },
  });
  const records = [
    conversation('alternate', 'user', 'assistant', 'user'),
    conversation('twice', 'user', 'user'),
    conversation('assistant-twice', 'user', 'assistant', 'assistant'),
  ];
  await put('in/input.jsonl', jsonl(padded(records)));

  const jobArn = await create();
  await until(jobArn);

  const failed = (await outputLines(jobArn)).filter(({ error }) => error).map(({ recordId }) => recordId);
  expect(failed.sort()).toEqual(['assistant-twice', 'twice']);
});

test.each([
  ['a byte order mark', Buffer.from(`\uFEFF${jsonl(padded([]))}`), /^Line 1 of in\/input\.jsonl is malformed/],
  ['bytes that are not UTF-8', Buffer.concat([Buffer.from(jsonl(padded([]))), Buffer.of(0xe9, 0xff)]), /utf-8/i],
])('an input with %s fails its job', async (_what, body, message) => {
  const { put, create, until } = await localBedrock();
  await put('in/input.jsonl', body);

  expect(await until(await create())).toMatchObject({ status: 'Failed', message: expect.stringMatching(message) });
});

test.each([
  ['not a key!', false],
  ['alias/media', true],
  ['1234abcd-12ab-34cd-56ef-1234567890ab', true],
  ['arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab', true],
  ['arn:aws:kms:us-east-1:123456789012:key/short', false],
])('the key of the output may be %j: %s', async (s3EncryptionKeyId, isTaken) => {
  const { put, create } = await localBedrock();
  await put('in/input.jsonl', jsonl([textRecord('a')]));

  const creating = create({
    outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://media/out/', s3EncryptionKeyId } },
  });

  if (isTaken) expect(await creating).toMatch(/model-invocation-job/);
  else await expect(creating).rejects.toMatchObject(refused);
});

test.each([
  ['twice the same key', ['run', 'run']],
  ['a key of AWS’s own', ['aws:run']],
])('tags may not have %s', async (_what, keys) => {
  const { create } = await localBedrock();

  await expect(create({ tags: keys.map((key) => ({ key, value: 'a' })) })).rejects.toMatchObject(refused);
});
