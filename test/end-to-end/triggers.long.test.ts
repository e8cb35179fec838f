import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, paginateListExecutions } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sampleClips, sampleMediaFolder } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { expectOneSentence } from '../support/one-sentence.ts';
import { changedTemplate, denySchedules, templateWithoutRecovery, templateWithSettings } from '../support/template.ts';

const minute = 60_000;
const hour = 60 * minute;
const clips = sampleClips.filter(({ bytes }) => bytes < 5_000);
const clip = readFileSync(join(sampleMediaFolder, clips[0]?.key ?? ''));
const onUploads = { uploadRun: JSON.stringify({ media: { prefixes: ['proxies/'] }, maxCostUsd: 5 }) };
const atNight = {
  nightlyRun: JSON.stringify({ media: { prefixes: [''] }, maxCostUsd: 5, name: 'nightly' }),
  nightlySchedule: 'cron(30 1 * * ? *)',
  nightlyTimeZone: 'Europe/Berlin',
};

/** Without recovery, which would run a hundred times in each night and starts none of these runs. */
const templateAtNight = (settings: Record<string, string> = atNight) =>
  templateWithoutRecovery(templateWithSettings(settings));

/** Names of all executions that were started, the first one first. */
async function executionsOf({ aws, sfn }: LocalStack): Promise<string[]> {
  const names: { name: string; at: number }[] = [];
  for await (const page of paginateListExecutions({ client: sfn }, { stateMachineArn: aws.stateMachineArn })) {
    for (const { name = '', startDate } of page.executions ?? []) names.push({ name, at: startDate?.getTime() ?? 0 });
  }
  return names.sort((a, b) => a.at - b.at).map(({ name }) => name);
}

const arnOf = ({ aws }: LocalStack, name: string) =>
  `${aws.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

async function requestOf(stack: LocalStack, name: string): Promise<unknown> {
  const { input = '' } = await stack.sfn.send(new DescribeExecutionCommand({ executionArn: arnOf(stack, name) }));
  return JSON.parse(input);
}

/** Keys whose records a run has submitted. */
async function keysOf(stack: LocalStack, runId: string): Promise<string[]> {
  return (await stack.ledger(runId)).map(({ key }) => key).sort();
}

describe.each([
  { deliveries: 'once', events: {} },
  { deliveries: 'twice', events: { double: 1 } },
])('uploads of which events come $deliveries', ({ events }) => {
  let stack: LocalStack;
  let scenario = {};
  beforeAll(async () => {
    stack = await startLocalStack({ templateFile: templateWithSettings(onUploads), events, scenario: () => scenario });
  });
  afterAll(() => stack.close());

  it('of a request start its run, and of the same file again another', async () => {
    await stack.put('source_files/a.mp4', clip);
    const request = JSON.stringify({ media: { keys: ['source_files/a.mp4'] } });

    await stack.put('requests/sub/list 1+2 100% 🎬.json', request);
    await stack.aws.clock.sleep(minute);
    await stack.put('requests/sub/list 1+2 100% 🎬.json', request);
    await stack.aws.clock.sleep(minute);

    const [first = '', second = '', ...more] = await executionsOf(stack);
    expect([first, second]).toEqual(Array(2).fill(expect.stringMatching(/^list-1-2-100-[0-9a-f]{16}$/)));
    expect(more).toEqual([]);
    expect(outcomeOf(await stack.ended(arnOf(stack, first))).status).toBe('Succeeded');
    expect(outcomeOf(await stack.ended(arnOf(stack, second))).status).toBe('Succeeded');
    expect(await stack.keys('requests/')).toEqual(['requests/sub/list 1+2 100% 🎬.json']);
  });

  it('of a request that was removed before anybody read it start nothing', async () => {
    const object = { key: 'requests/gone.json', size: 2, etag: '0'.repeat(32), sequencer: '1' };
    const detail = { bucket: { name: stack.aws.bucket }, object };

    const done = await stack.invoke('on-upload', { 'detail-type': 'Object Created', detail }, z.unknown());

    expect(done).toMatchObject({ action: 'none', reason: expect.stringContaining('was removed') });
    expect(await stack.keys('requests/gone')).toEqual([]);
  });

  it('of a request that is none say so beside it, until it is corrected', async () => {
    const started = await executionsOf(stack);

    await stack.put('requests/bad.json', '{"media":{"prefixes":"proxies/"}}');
    await stack.aws.clock.sleep(minute);

    const sentence = await stack.readText('requests/bad.json.error.txt');
    expectOneSentence(sentence.trim());
    expect(sentence).toContain('"media.prefixes" of the request is "proxies/"; expected an array');
    expect(await executionsOf(stack)).toEqual(started);
    await stack.put('requests/bad.json', '{"media":{"prefixes":["source_files/"]},"dryRun":true}');
    await stack.aws.clock.sleep(minute);
    expect((await executionsOf(stack)).length).toBe(started.length + 1);
    expect(await stack.keys('requests/bad')).toEqual(['requests/bad.json']);
  });

  it('of a request whose run is refused say so beside it, in the same words', async () => {
    const request = { media: { keys: ['source_files/a.mp4'] }, maxCostUsd: 0.000_000_1 };
    const { cause = '' } = await stack.run(request);

    await stack.put('requests/dear.json', JSON.stringify(request));
    await stack.aws.clock.sleep(10 * minute);

    expect(await stack.readText('requests/dear.json.error.txt')).toBe(`${cause}\n`);
  });

  it('of media make one run once it is quiet, and those that come meanwhile the next', async () => {
    const before = await executionsOf(stack);
    const runs = async () => (await executionsOf(stack)).filter((name) => !before.includes(name));
    scenario = { inProgress: 2 * 3600 };
    for (const name of ['1.mp4', 'A 1+2 100% 🎬.mp4']) {
      await stack.put(`proxies/${name}`, clip, 'video/mp4');
      await stack.aws.clock.sleep(10 * minute);
    }
    // No media, so that nobody waits for it.
    await stack.put('proxies/notes.txt', 'notes');
    expect(await runs()).toEqual([]);

    await stack.aws.clock.sleep(11 * minute);
    const [first = '', ...more] = await runs();
    expect(first).toMatch(/^uploads-\d{8}T\d{6}(\.\d+)?Z$/);
    expect(more).toEqual([]);
    // Its job is at Bedrock, for two hours.
    await stack.aws.clock.sleep(30 * minute);
    scenario = {};
    await stack.put('proxies/3.mp4', clip, 'video/mp4');
    await stack.aws.clock.sleep(hour);
    expect(await runs()).toEqual([first]);
    await stack.put('proxies/4.mp4', clip, 'video/mp4');
    await stack.ended(arnOf(stack, first));
    await stack.aws.clock.sleep(hour);

    const [, second = '', ...others] = await runs();
    expect(others).toEqual([]);
    await stack.ended(arnOf(stack, second));
    expect(await keysOf(stack, first)).toEqual(['proxies/1.mp4', 'proxies/A 1+2 100% 🎬.mp4']);
    expect(await keysOf(stack, second)).toEqual(['proxies/3.mp4', 'proxies/4.mp4']);
    // What the runs wrote themselves was no upload.
    await stack.aws.clock.sleep(3 * hour);
    expect(await runs()).toEqual([first, second]);
  });
});

describe('the nightly run', () => {
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startLocalStack({
      templateFile: templateAtNight(),
      scenario: () => ({ inProgress: 600 }),
    });
  });
  afterAll(() => stack.close());

  const nights = async () => (await executionsOf(stack)).filter((name) => /^nightly-.*3000Z$/.test(name));

  it('does not wait for a run of which nobody knows any more', async () => {
    const { endpoint, region, tableName } = stack.aws;
    const dynamodb = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
    const Item = {
      pk: { S: 'TRIGGER#nightly' },
      sk: { S: 'TRIGGER' },
      runId: { S: 'nightly-forgotten' },
      formatVersion: { N: '1' },
    };
    await dynamodb.send(new PutItemCommand({ TableName: tableName, Item }));
    const event = { start: 'nightly', request: { media: { prefixes: ['none/'] }, maxCostUsd: 1 } };

    const done = await stack.invoke('on-schedule', { ...event, scheduledTime: '2026-01-01T01:00:00Z' }, z.unknown());

    expect(done).toEqual({ runId: 'nightly-20260101T010000Z' });
    await stack.ended(arnOf(stack, 'nightly-20260101T010000Z'));
  });

  it('is over what is new since the last one, once a night, in its time zone', async () => {
    await stack.put('source_files/1.mp4', clip);
    await stack.aws.clock.sleep(24 * hour);
    const [first = '', ...more] = await nights();
    expect(more).toEqual([]);
    expect(first).toMatch(/^nightly-\d{8}T(23|00)3000Z$/);
    expect(await requestOf(stack, first)).toEqual({
      media: { prefixes: [''], newOnly: true },
      maxCostUsd: 5,
      name: 'nightly',
    });
    await stack.ended(arnOf(stack, first));
    await stack.put('source_files/2.mp4', clip);
    await stack.aws.clock.sleep(24 * hour);
    const [, second = ''] = await nights();
    await stack.ended(arnOf(stack, second));
    await stack.aws.clock.sleep(24 * hour);

    const [, , third = ''] = await nights();
    expect(await keysOf(stack, first)).toEqual(['source_files/1.mp4']);
    expect(await keysOf(stack, second)).toEqual(['source_files/2.mp4']);
    expect(outcomeOf(await stack.ended(arnOf(stack, third))).status).toBe('NothingToDo');
  });
});

describe('a night that cannot be begun', () => {
  let stack: LocalStack;
  afterEach(() => stack.close());

  const letters = () => stack.aws.messages(stack.aws.outputs.DeadLetterQueue ?? '').map(({ body }) => body);

  it('is a dead letter where the function is not reached', async () => {
    stack = await startLocalStack({
      templateFile: changedTemplate(denySchedules, templateAtNight()),
    });
    await stack.aws.clock.sleep(24 * hour);

    expect(letters().filter((body) => body.includes('"start":"nightly"'))).toHaveLength(1);
  });

  it('is a dead letter where the function fails, and no run', async () => {
    const templateFile = changedTemplate((resource, id) => {
      if (resource.Type !== 'AWS::Lambda::Function' || !id.startsWith('StepsOnSchedule')) return;
      const text = JSON.stringify(resource.Properties).replace(
        /"TABLE_NAME":\{[^}]*\}/,
        '"TABLE_NAME":"no-such-table"',
      );
      resource.Properties = JSON.parse(text);
    }, templateAtNight());
    stack = await startLocalStack({ templateFile });
    await stack.aws.clock.sleep(24 * hour);

    expect(letters().filter((body) => body.includes('RetriesExhausted'))).toHaveLength(1);
    expect(await executionsOf(stack)).toEqual([]);
  });
});

describe('triggers that are switched off', () => {
  let stack: LocalStack;
  beforeAll(async () => {
    const templateFile = templateAtNight({ requestUploads: 'off' });
    stack = await startLocalStack({ templateFile });
  });
  afterAll(() => stack.close());

  it('start nothing', async () => {
    await stack.put('proxies/1.mp4', clip);
    await stack.put('requests/a.json', '{"media":{"prefixes":["proxies/"]}}');
    await stack.aws.clock.sleep(48 * hour);

    expect(await executionsOf(stack)).toEqual([]);
    expect(await stack.keys('requests/')).toEqual(['requests/a.json']);
  });
});
