import { describe, expect, it } from 'vitest';
import type { CreateRequest } from '../../../lambdas/shared/domain/job/create-request.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { settleJob } from '../../../lambdas/shared/domain/job/settle-job.ts';
import { startJob } from '../../../lambdas/start-job/start-job.ts';
import { awsError, networkError } from '../../support/aws-error.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { aCreateRequest } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned, type World } from '../../support/world.ts';

const bedrockRoleArn = 'arn:aws:iam::111122223333:role/Bedrock';
const jobTags = [{ key: 'project', value: 'bedrock-media-batch' }];

function start(world: World, { runId, jobName }: Job, parts: Partial<World> = {}) {
  return startJob({ runId, jobName }, { ...world, ...parts, bedrockRoleArn, jobTags });
}

/** A job that has its input at the root and holds the lock. */
async function prepared(world: World, overrides: Partial<Job> = {}): Promise<Job> {
  return holding(world, await planned(world, overrides));
}

describe('the Create request', () => {
  it('names the folder with its trailing slash, the output, the token, the timeout and the tags', async () => {
    const world = memoryWorld();
    const job = await prepared(world, { runId: 'nightly', jobName: 'media-0123456789-1', timeoutHours: 36 });

    await start(world, job);

    const expected: CreateRequest = {
      jobName: 'media-0123456789-1',
      clientRequestToken: 'abcdef012345-1',
      roleArn: bedrockRoleArn,
      modelId: 'us.amazon.nova-lite-v1:0',
      modelInvocationType: 'InvokeModel',
      inputDataConfig: { s3InputDataConfig: { s3InputFormat: 'JSONL', s3Uri: 's3://media-bucket/' } },
      outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://media-bucket/nova/batch/output/media-0123456789-1/' } },
      timeoutDurationInHours: 36,
      tags: [...jobTags, { key: 'media-batch:run', value: 'nightly' }],
    };
    expect(world.bedrock.created).toEqual([expected]);
    expect((await world.table.getJob(job)).createRequest).toEqual(expected);
  });

  it.each(['InvokeModel', 'Converse'] as const)(
    'says that its records are those of %s',
    async (modelInvocationType) => {
      const world = memoryWorld();
      const job = await prepared(world, { modelInvocationType });

      await start(world, job);

      expect(world.bedrock.created).toMatchObject([{ modelInvocationType }]);
      expect((await world.table.getJob(job)).createRequest).toMatchObject({ modelInvocationType });
    },
  );

  it('names the key of the bucket for the output, where it has one', async () => {
    const world = memoryWorld();
    const { runId, jobName } = await prepared(world);
    const outputKeyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

    await startJob({ runId, jobName }, { ...world, bedrockRoleArn, jobTags, outputKeyArn });

    const [request] = world.bedrock.created;
    expect(request?.outputDataConfig.s3OutputDataConfig).toMatchObject({ s3EncryptionKeyId: outputKeyArn });
    expect((await world.table.getJob({ runId, jobName })).createRequest).toEqual(request);
  });

  it('has the folder as input and never the .jsonl, or every record would fail hours later', async () => {
    const world = memoryWorld();
    await start(world, await prepared(world));

    const { s3Uri } = world.bedrock.created[0]?.inputDataConfig.s3InputDataConfig ?? {};
    expect(s3Uri).toMatch(/^s3:\/\/[^/]+\/$/);
  });

  it('has a token that Bedrock takes, and the same one for the same job', async () => {
    const tokens = [];
    for (let at = 0; at < 2; at++) {
      const world = memoryWorld();
      await start(world, await prepared(world));
      tokens.push(world.bedrock.created[0]?.clientRequestToken);
    }

    expect(tokens[0]).toMatch(/^[a-zA-Z0-9]{1,256}(-*[a-zA-Z0-9]){0,256}$/);
    expect(tokens[1]).toBe(tokens[0]);
  });

  it.each([
    ['nightly 1', 'nightly 1'],
    ['a(b)c*d"e', 'a_b_c_d_e'],
    ['nächtlich', 'n_chtlich'],
    ['r'.repeat(300), 'r'.repeat(256)],
  ])('has the run %j in a tag, in characters that tags take', async (runId, value) => {
    const world = memoryWorld();
    await start(world, await prepared(world, { runId, jobName: 'media-1' }));

    expect(world.bedrock.created[0]?.tags.at(-1)).toEqual({ key: 'media-batch:run', value });
  });
});

describe('a started job', () => {
  it('has its ARN in the table, and is polled in half a minute', async () => {
    const world = memoryWorld();
    const job = await prepared(world);

    expect(await start(world, job)).toEqual({
      runId: job.runId,
      jobName: job.jobName,
      batchJobArn: expect.stringContaining('model-invocation-job/'),
      waitSeconds: 30,
    });

    expect(await world.table.getJob(job)).toMatchObject({
      batchJobArn: world.bedrock.arns()[0],
      status: 'Submitted',
      submittedAt: new Date(world.now()).toISOString(),
    });
  });

  it('is not started again by a repeat', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    await start(world, job);
    await world.table.updateJob(job, { status: 'InProgress' });

    expect(await start(world, job)).toMatchObject({ waitSeconds: 30 });

    expect(world.bedrock.created).toHaveLength(1);
    expect(await world.table.getJob(job)).toMatchObject({ status: 'InProgress' });
  });

  it('is not made after it was closed', async () => {
    const world = memoryWorld();
    const job = await prepared(world, { phase: 'closed' });

    expectOneSentence(await messageOfRejection(start(world, job), 'JobRefused'), 'is already closed: start a new run');
    expect(world.bedrock.calls).toEqual([]);
  });
});

describe('a crash', () => {
  it.each([false, true])(
    'at any change leads to one job that the table knows (change done: %s)',
    async (isEffective) => {
      let crashes = 0;
      for (let at = 0; ; at++) {
        const world = memoryWorld();
        const job = await prepared(world);
        const plan: CrashPlan = { changesLeft: at, isEffective };
        const table = crashing(world.table, ['setCreateRequest', 'updateUnmadeJob', 'setCreated'], plan);
        const error: unknown = await start(world, job, { table }).catch((thrown) => thrown);
        if (!(error instanceof Error)) break;
        expect(error.name).toBe('Crash');
        crashes += 1;

        const { batchJobArn } = await start(world, job);

        expect(world.bedrock.arns()).toEqual([batchJobArn]);
        expect(await world.table.getJob(job)).toMatchObject({ batchJobArn, status: 'Submitted' });
      }
      expect(crashes).toBe(3);
    },
  );

  it('after Create and before its ARN was written down finds that job by List and makes no second one', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    const crash: CrashPlan = { changesLeft: 0, isEffective: false };
    await expect(start(world, job, { table: crashing(world.table, ['setCreated'], crash) })).rejects.toMatchObject({
      name: 'Crash',
    });
    world.passMinutes(1);

    await start(world, job);

    expect(world.bedrock.created).toHaveLength(1);
    expect(world.bedrock.calls).toEqual(['create', 'findByName']);
    expect(await world.table.getJob(job)).toMatchObject({ batchJobArn: world.bedrock.arns()[0], status: 'Submitted' });
  });

  it('of which List does not show the job yet sends the same request with the same token: still one job', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', networkError('ECONNRESET'), true);
    await expect(start(world, job)).rejects.toMatchObject({ code: 'ECONNRESET' });
    const blind = { ...world.bedrock, findByName: async () => undefined };

    await start(world, job, { bedrock: blind });

    expect(world.bedrock.created).toHaveLength(2);
    expect(world.bedrock.created[1]).toEqual(world.bedrock.created[0]);
    expect(world.bedrock.arns()).toHaveLength(1);
  });

  it('does not lose a job that was made, even when the lock is gone meanwhile', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', networkError('EPIPE'), true);
    await expect(start(world, job)).rejects.toThrow();
    await holding(world, await planned(world, { runId: 'other' }));

    await start(world, job);

    expect((await world.table.getJob(job)).batchJobArn).toBe(world.bedrock.arns()[0]);
  });
});

/** The parts of a Start that stops before or after its n-th call of a verb, and goes on when it is told to. */
function pausing(world: World, at: number, isAfter: boolean) {
  const [paused, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const pause = async () => {
    paused.resolve();
    await goOn.promise;
  };
  function slow<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]): Promise<unknown> => {
          const isHere = calls++ === at;
          if (isHere && !isAfter) await pause();
          const answer: unknown = await Reflect.apply(value, target, args);
          if (isHere && isAfter) await pause();
          return answer;
        };
      },
    });
  }
  return {
    parts: { table: slow(world.table), bedrock: slow(world.bedrock) },
    paused: paused.promise,
    goOn: goOn.resolve,
  };
}

describe('a Start that sleeps up to 15 minutes anywhere, while the machine goes on', () => {
  it.each([false, true])('makes no second job and puts no status back (after the call: %s)', async (isAfter) => {
    let pauses = 0;
    for (let at = 0; ; at++) {
      const world = memoryWorld();
      const job = await prepared(world);
      const { parts, paused, goOn } = pausing(world, at, isAfter);
      const late = start(world, job, parts);
      const isPaused = await Promise.race([paused.then(() => true), late.then(() => false)]);
      if (!isPaused) break;
      pauses += 1;

      const { batchJobArn } = await start(world, job);
      await world.table.recordBedrockState(job, { status: 'InProgress', history: [] });
      world.passMinutes(15);
      goOn();

      expect(await late).toMatchObject({ batchJobArn });
      expect(world.bedrock.arns()).toEqual([batchJobArn]);
      expect(await world.table.getJob(job)).toMatchObject({ batchJobArn, status: 'InProgress' });
    }
    expect(pauses).toBe(7);
  });

  it.each([false, true])('sends nothing once the job is settled (after the call: %s)', async (isAfter) => {
    for (let at = 0; ; at++) {
      const world = memoryWorld();
      const job = await prepared(world);
      const { parts, paused, goOn } = pausing(world, at, isAfter);
      const late = start(world, job, parts);
      late.catch(() => undefined);
      if (!(await Promise.race([paused.then(() => true), late.then(() => false)]))) break;
      const settle = () => settleJob({ ...job, failure: { error: 'Throttled', cause: 'no answer' } }, world);

      // Settle waits as long as the late one may still send; it wakes when it is about to be killed.
      const first = await settle().catch((error: Error) => error.name);
      world.passMinutes(15);
      goOn();
      await late.catch(() => undefined);
      world.passMinutes(5);
      if (first === 'JobStillRunning') await settle().catch(() => undefined);

      const isMade = world.bedrock.arns().length > 0;
      const after = await world.table.getJob(job);
      expect(after.phase === 'closed', 'closed only if nothing was made').toBe(!isMade);
      expect(world.bedrock.stopped).toEqual(world.bedrock.arns());
      if (isMade) expect(after.batchJobArn).toBe(world.bedrock.arns()[0]);
    }
  });
});

describe('a job whose run was stopped by a user', () => {
  it.each([
    ['before its request was written down', {}],
    ['before it was sent', { createRequest: true }],
  ])('is not sent: %s', async (_, { createRequest }: { createRequest?: boolean }) => {
    const world = memoryWorld();
    const job = await prepared(world, { stopRequested: true });
    if (createRequest) await world.table.setCreateRequest(job, aCreateRequest(job));

    expectOneSentence(
      await messageOfRejection(start(world, job), 'JobRefused'),
      'is not sent: its run was stopped by a user',
    );

    expect(world.bedrock.created).toEqual([]);
  });

  it('is known, so that it can be stopped, when Bedrock has it already', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', networkError('EPIPE'), true);
    await expect(start(world, job)).rejects.toThrow();
    await world.table.updateJob(job, { stopRequested: true });

    expect(await start(world, job)).toMatchObject({ batchJobArn: world.bedrock.arns()[0] });
  });
});

describe('a staged job', () => {
  it('has the folder of its own as input, and needs no lock', async () => {
    const world = memoryWorld();
    const job = await planned(world, { layout: 'staged', status: 'Prepared' });

    await start(world, job);

    expect(world.bedrock.created).toMatchObject([
      { inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://staging-bucket/media-run-1-1/' } } },
    ]);
  });
});

describe('a job without the lock', () => {
  it.each([
    [
      'when another job took it over',
      async (world: World) => void (await holding(world, await planned(world, { runId: 'b' }))),
    ],
    [
      'when its own resumed execution has a newer number',
      async (world: World, job: Job) => {
        const { fence } = job;
        await holding(world, job);
        await world.table.updateJob(job, { fence });
      },
    ],
    [
      'when it never had it',
      async (world: World, job: Job) => {
        await world.table.updateJob(job, { fence: 0 });
      },
    ],
  ])('is not made: %s', async (_, lose) => {
    const world = memoryWorld();
    const job = await prepared(world);
    await lose(world, job);

    const message = await messageOfRejection(start(world, job), 'JobRefused');

    expectOneSentence(message, `Job ${job.jobName} no longer owns the lock of bucket media-bucket: start a new run`);
    expect(world.bedrock.created).toEqual([]);
  });

  it('is not made when nothing was prepared', async () => {
    const world = memoryWorld();
    const job = await planned(world);

    await expect(start(world, job)).rejects.toMatchObject({ name: 'JobRefused' });
    expect(world.bedrock.created).toEqual([]);
  });
});

describe('an error of Create', () => {
  it('about quotas makes the job wait for a slot, and a later try is the same request', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', awsError('ServiceQuotaExceededException', 400, 'Too many jobs'));

    const message = await messageOfRejection(start(world, job), 'JobSlotsFull');
    expect(await world.table.getJob(job)).toMatchObject({
      waiting: { for: 'slot', since: '2026-11-02T09:00:00.000Z' },
    });
    world.passMinutes(10);
    world.bedrock.failNext('create', awsError('ServiceQuotaExceededException', 400, 'Too many jobs'));
    await expect(start(world, job)).rejects.toMatchObject({ name: 'JobSlotsFull' });
    expect((await world.table.getJob(job)).waiting?.since, 'since the first time').toBe('2026-11-02T09:00:00.000Z');
    await start(world, job);

    expect((await world.table.getJob(job)).waiting).toBeUndefined();
    expect((await world.table.getJob(job)).createRequestedAt, 'of the last sending').toBe('2026-11-02T09:10:00.000Z');
    expect(message).toContain('waits for a free job slot of us.amazon.nova-lite-v1:0 (Too many jobs)');
    expectOneSentence(message, 'request a higher quota in Service Quotas');
    expect(world.bedrock.arns()).toHaveLength(1);
  });

  describe('about quotas while no job of the account is open', () => {
    const full = awsError('ServiceQuotaExceededException', 400, 'Too many jobs.');

    async function refusedFor(minutes: number[], world: World, job: Job): Promise<string[]> {
      const names: string[] = [];
      for (const pass of minutes) {
        world.passMinutes(pass);
        world.bedrock.failNext('create', full);
        names.push(
          await start(world, job).then(
            () => 'started',
            ({ name }: Error) => name,
          ),
        );
      }
      return names;
    }

    it('waits for an hour, says so, and then refuses the job, because a quota of 0 never has a slot', async () => {
      const world = memoryWorld();
      const job = await prepared(world);

      expect(await refusedFor([0, 30, 29], world, job)).toEqual(['JobSlotsFull', 'JobSlotsFull', 'JobSlotsFull']);
      expect((await world.table.getJob(job)).waiting).toEqual({
        ...{ for: 'slot', since: '2026-11-02T09:00:00.000Z', idleSince: '2026-11-02T09:00:00.000Z' },
      });
      world.passMinutes(1);
      world.bedrock.failNext('create', full);

      expectOneSentence(
        await messageOfRejection(start(world, job), 'JobRefused'),
        '(Too many jobs), although this account has had no open batch job since 2026-11-02T09:00:00.000Z',
        'request a higher one in Service Quotas',
      );
    });

    it('begins to count anew when a job was open in between', async () => {
      const world = memoryWorld();
      const job = await prepared(world);
      expect(await refusedFor([0, 50], world, job)).toEqual(['JobSlotsFull', 'JobSlotsFull']);

      const other = world.bedrock.add({ jobName: 'of-somebody-else' }, { status: 'Stopping' });
      expect(await refusedFor([20, 60], world, job)).toEqual(['JobSlotsFull', 'JobSlotsFull']);
      expect((await world.table.getJob(job)).waiting).toEqual({ for: 'slot', since: '2026-11-02T09:00:00.000Z' });
      world.bedrock.set(other, { status: 'Stopped' });

      expect(await refusedFor([20, 59, 1], world, job)).toEqual(['JobSlotsFull', 'JobSlotsFull', 'JobRefused']);
    });
  });

  it.each([
    [
      'AccessDeniedException',
      "You don't have access to the model with the specified model ID.",
      'request access to the model',
    ],
    ['AccessDeniedException', 'Denied with an explicit deny in a service control policy', "the organisation's policy"],
    [
      'AccessDeniedException',
      'User x is not authorized to perform: iam:PassRole on resource: y',
      'deploy the stack again',
    ],
    ['ValidationException', 'Your account is not authorized to invoke this API operation.', 'AWS Support'],
    ['ValidationException', 'Could not assume provided IAM role.', 'a minute later'],
    ['ValidationException', 'User x is not authorized to perform: kms:Decrypt', 'bucketKeyArn'],
    ['ValidationException', "Invocation of model ID m with on-demand throughput isn't supported.", '-c models='],
    ['ResourceNotFoundException', 'This model version has reached the end of its life.', 'a newer model'],
  ])('%s of the first hour, "%s", tells the fix of it', async (name, said, remedy) => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', awsError(name, 400, said));

    expectOneSentence(await messageOfRejection(start(world, job), 'JobRefused'), said.replace(/\.$/, ''), remedy);
  });

  it.each([
    ['ValidationException', 400, 'start a new run'],
    ['AccessDeniedException', 403, 'access to the model in this Region'],
    ['ResourceNotFoundException', 404, 'inference profile and the Region'],
    ['ConflictException', 400, 'start a new run'],
  ])('that stays, %s, refuses the job with its reason and the fix', async (name, status, remedy) => {
    const world = memoryWorld();
    const job = await prepared(world);
    const cause = awsError(name, status, 'It is so.');
    world.bedrock.failNext('create', cause);

    const starting = start(world, job);

    await expect(starting).rejects.toMatchObject({ name: 'JobRefused', cause });
    await expect(starting).rejects.toThrow(`Bedrock refused job ${job.jobName} with ${name} (It is so): c`);
    await expect(starting).rejects.toThrow(remedy);
  });

  it('because the folder is too large has a name of its own, so that the job can be sent from another one', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', awsError('ValidationException', 400, 'The input size exceeds the limit of 5GB.'));

    await expect(start(world, job)).rejects.toMatchObject({ name: 'JobTooLarge' });
  });

  it('about a name in use finds the job that an earlier attempt made', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    const arn = world.bedrock.add({ jobName: job.jobName });

    await start(world, job);

    expect((await world.table.getJob(job)).batchJobArn).toBe(arn);
    expect(world.bedrock.arns()).toEqual([arn]);
  });

  it('about a name in use that no list shows yet is asked again where the job was sent before', async () => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', networkError('ECONNRESET'), true);
    await expect(start(world, job)).rejects.toThrow();
    const bedrock = { ...world.bedrock, findByName: async () => undefined };
    world.bedrock.failNext('create', awsError('ConflictException', 400));

    const message = await messageOfRejection(start({ ...world, bedrock }, job), 'Throttled');

    expectOneSentence(message, `Bedrock already has job ${job.jobName} and does not list it yet: try again`);
    await start(world, job);
    expect((await world.table.getJob(job)).batchJobArn).toBe(world.bedrock.arns()[0]);
    expect(world.bedrock.arns()).toHaveLength(1);
  });

  it.each([
    awsError('ThrottlingException', 429),
    awsError('InternalServerException', 500),
    networkError('ECONNRESET'),
    networkError('ENOTFOUND'),
    Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }),
  ])('that passes by itself is no refusal: %o', async (error) => {
    const world = memoryWorld();
    const job = await prepared(world);
    world.bedrock.failNext('create', error);

    await expect(start(world, job)).rejects.toBe(error);
    expect(await start(world, job)).toMatchObject({ waitSeconds: 30 });
    expect(world.bedrock.arns()).toHaveLength(1);
  });
});
