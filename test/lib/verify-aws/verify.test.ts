import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LocalAwsOptions } from '../../../lib/local-aws/start.ts';
import { localConnection } from '../../../lib/program/connection.ts';
import { startVerifyWorld } from './verify-world.ts';

type Scenario = NonNullable<LocalAwsOptions['scenario']>;
type World = Awaited<ReturnType<typeof startVerifyWorld>>;

const good: Scenario = () => ({});
const inputOf = (job: Parameters<Scenario>[0]) => job.inputDataConfig.s3InputDataConfig.s3Uri;
/** As AWS is said to do it with 6 GB, of which there are too many for a test. */
const smallQuotaRefuses: Scenario = (job) =>
  inputOf(job).endsWith('/size/') && job.modelId.includes('nova-2-lite')
    ? { end: 'Failed', message: 'Batch job contains more bytes than the maximum' }
    : {};

let world: World;
let scenario = good;
beforeAll(async () => {
  world = await startVerifyWorld({ scenario: (job) => scenario(job) });
});
afterAll(() => world.close());
afterEach(() => {
  scenario = good;
});

describe('verify:aws on the local AWS', () => {
  it('gets the documented answers of the simulator, and leaves nothing of its own behind', async () => {
    scenario = smallQuotaRefuses;
    await world.stack.put('mine/keep.txt', 'mine');

    const { exitCode, out, err, answers } = await world.command(['--yes', '--folder-gb', '0.02']);

    expect(answers.map(({ number, answer }) => ({ number, answer }))).toEqual(
      answers.map(({ number, assumed }) => ({ number, answer: assumed })),
    );
    expect(answers.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(exitCode).toBe(0);
    expect(out).toContain('the same');
    expect(out).not.toContain('differs');
    expect(err).toContain("the answers are the simulator's, not AWS's");
    expect(err).toContain('Nothing is left behind.');
    expect(await world.stack.keys()).toEqual(['mine/keep.txt']);
    await world.stack.remove('mine/keep.txt');
  });

  it('creates nothing after a no', async () => {
    const before = await world.jobs();

    const { exitCode, err, answers } = await world.command(['--only', '2'], { say: 'n\n' });

    expect({ exitCode, answers }).toEqual({ exitCode: 1, answers: [] });
    expect(err).toMatch(/Continue\? \[y\/N\] Nothing was created\.\n$/);
    expect(await world.stack.keys()).toEqual([]);
    expect(await world.jobs()).toEqual(before);
  });

  it('continues after a yes', async () => {
    const { exitCode, answers } = await world.command(['--only', '7'], { say: 'yes\n' });

    expect({ exitCode, asked: answers.length }).toEqual({ exitCode: 0, asked: 1 });
  });

  it('refuses in one sentence without a terminal', async () => {
    const { exitCode, err } = await world.command(['--only', '7']);

    expect(exitCode).toBe(1);
    expect(err).toContain('error: Creating anything needs a yes, and there is no terminal to ask on');
  });

  it('gives an error to its own question only', async () => {
    scenario = (job) => (inputOf(job).endsWith('/nested/') ? { end: 'Failed', message: 'No such luck' } : {});

    const { exitCode, out, answers } = await world.command(['--yes', '--only', '2,5,7']);

    expect(answers.map(({ number, isAnswered }) => [number, isAnswered])).toEqual([
      [2, false],
      [5, true],
      [7, true],
    ]);
    expect(answers[0]?.answer).toMatch(/ended Failed: No such luck$/);
    expect(out).toContain('No answer');
    expect(exitCode).toBe(1);
  });

  it('has no full answer if the folder is under both quotas, or a model may not be used', async () => {
    const under = await world.command(['--yes', '--only', '3', '--folder-gb', '0.01']);
    scenario = ({ modelId }) => (modelId.includes('nova-2-lite') ? { end: 'Failed', message: 'Access denied' } : {});
    const denied = await world.command(['--yes', '--only', '3,4', '--folder-gb', '0.01']);

    expect(under.answers[0]).toMatchObject({
      isAnswered: false,
      answer: expect.stringContaining('No conclusion from'),
    });
    for (const answer of denied.answers) {
      expect(answer).toMatchObject({ isAnswered: false, answer: expect.stringContaining('Access denied') });
    }
    // The other models have their answer all the same.
    expect(denied.answers[1]?.answer).toContain('us.amazon.nova-lite-v1:0: image answered, PDF refused');
  });

  it('has no answer about Stopped if the job has ended before', async () => {
    scenario = (job) => (inputOf(job).endsWith('/life/input.jsonl') ? { end: 'Failed' } : {});

    const { exitCode, answers } = await world.command(['--yes', '--only', '6']);

    expect(answers[0]).toMatchObject({
      isAnswered: false,
      answer: expect.stringMatching(/^Failed in Failed leaves/),
    });
    expect(exitCode).toBe(1);
  });

  it('gives up when the time is up, and stops running jobs', async () => {
    scenario = () => ({ scheduled: 1e6 });
    let hours = 0;
    const now = () => {
      hours += 1;
      return hours * 3_600_000;
    };

    const { answers } = await world.command(['--yes', '--only', '2'], { now });

    expect(answers[0]?.answer).toMatch(/was still \w+ when the time was up/);
    expect((await world.jobs()).filter(({ endTime }) => endTime === undefined)).toEqual([]);
  });

  it('stops the run of the main job when it is interrupted', async () => {
    const interruption = new AbortController();
    scenario = () => {
      interruption.abort(new Error('Interrupted by SIGINT.'));
      return { scheduled: 1e6 };
    };

    const { exitCode, err } = await world.command(['--yes', '--only', '0'], { interrupted: interruption.signal });

    expect(exitCode).toBe(130);
    expect(err).toMatch(/^Run verify-aws-\S+ is stopped: /m);
    expect((await world.jobs()).filter(({ endTime }) => endTime === undefined)).toEqual([]);
  });
});

describe('verify:aws on AWS', () => {
  const exists = async ({ bucket, tableName }: { bucket: string; tableName: string }) => {
    const { Buckets = [] } = await world.stack.s3.send(new ListBucketsCommand({}));
    const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
    return { bucket: Buckets.some(({ Name }) => Name === bucket), table: TableNames.includes(tableName) };
  };
  const all = { bucket: true, table: true };
  let dynamodb: DynamoDBClient;
  beforeAll(() => {
    dynamodb = new DynamoDBClient(localConnection(world.stack.aws.endpoint).client);
  });
  afterAll(() => dynamodb.destroy());

  it('shows the maximum cost, and creates nothing after a no', async () => {
    const { exitCode, cdkCalls, err } = await world.onAws([2], { yes: false }, { say: 'no\n' });

    expect({ exitCode, cdkCalls }).toEqual({ exitCode: 1, cdkCalls: [] });
    expect(err).toMatch(/this creates the stack MediaBatchVerify .+ costs at most \$0\.\d\d /);
  });

  it('creates and removes nothing if it cannot deploy', async () => {
    await expect(world.onAws([7], {}, { failing: 'deploy' })).rejects.toThrow('"cdk deploy" ended with 1.');

    expect(await exists(world.stack.aws)).toEqual(all);
  });

  it.each([
    ['bucket', { Bucket: 'somebody-elses-bucket' }],
    ['table', { TableName: 'somebody-elses-table' }],
  ])('touches nothing where the stack stands on a %s that is not its own', async (_what, outputs) => {
    await world.stack.put('mine/keep.txt', 'mine');

    await expect(world.onAws([7], {}, { outputs })).rejects.toThrow(/has no bucket and table of its own/);

    expect(await world.stack.keys()).toEqual(['mine/keep.txt']);
    expect(await exists(world.stack.aws)).toEqual(all);
    await world.stack.remove('mine/keep.txt');
  });

  it('keeps the stack and the objects with --keep', async () => {
    const { exitCode, cdkCalls, err } = await world.onAws([2], { keep: true });

    expect(exitCode).toBe(0);
    expect(cdkCalls.map(({ args }) => args[0])).toEqual(['deploy']);
    expect(err).toContain('Left behind, for you to remove: everything in');
    expect(await world.stack.keys()).toContain('verify-aws/nested/sub/b.jsonl');
    expect(await exists(world.stack.aws)).toEqual(all);
  });

  it('deploys, asks, and destroys only what it has deployed', async () => {
    await world.stack.s3.send(new CreateBucketCommand({ Bucket: 'mediabatch-of-somebody' }));
    const environment = { PATH: '/bin', AWS_PROFILE: 'p', NOVA_BATCH_BUCKET_NAME: 'my-own-bucket' };
    const interruption = new AbortController();
    scenario = () => {
      interruption.abort(new Error('Interrupted by SIGINT.'));
      return {};
    };

    const { exitCode, cdkCalls, answers, err } = await world.onAws(
      [2, 7],
      {},
      { environment, interrupted: interruption.signal },
    );

    const own = [
      'MediaBatchVerify',
      '-c',
      'stackName=MediaBatchVerify',
      '-c',
      expect.stringMatching(/^models=us\..*nova-2/),
    ];
    expect(cdkCalls.map(({ args }) => args)).toEqual([
      expect.arrayContaining(['deploy', ...own, '--require-approval', 'never', '--outputs-file']),
      expect.arrayContaining(['destroy', ...own, '--force']),
    ]);
    for (const call of cdkCalls) {
      expect(call.environment).toEqual({ PATH: '/bin', AWS_PROFILE: 'p', AWS_REGION: 'us-east-1' });
    }
    // Ctrl-C came with the first job, and everything is removed all the same.
    expect(exitCode).toBe(130);
    expect(answers[0]).toMatchObject({ number: 2, isAnswered: false, answer: 'Interrupted by SIGINT.' });
    expect(err).toContain('Nothing is left behind.');
    expect((await world.jobs()).filter(({ endTime }) => endTime === undefined)).toEqual([]);
    expect(await exists(world.stack.aws)).toEqual({ bucket: false, table: false });
    expect(await exists({ bucket: 'mediabatch-of-somebody', tableName: 'none' })).toMatchObject({ bucket: true });
  });

  it('says what is left, and why, and removes the rest', async () => {
    // The stack of the test before, of which only the bucket is made again.
    await world.stack.s3.send(new CreateBucketCommand({ Bucket: world.stack.aws.bucket }));

    const { exitCode, err } = await world.onAws([7], {}, { failing: 'destroy' });

    expect(exitCode).toBe(0);
    expect(err).toContain(
      'Left behind, for you to remove: the stack MediaBatchVerify ("cdk destroy" ended with 1); the table ',
    );
    expect(await exists(world.stack.aws)).toEqual({ bucket: false, table: false });
  });
});
