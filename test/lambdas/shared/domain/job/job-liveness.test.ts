import { describe, expect, it } from 'vitest';
import { bedrockStatusSchema, statusMeaning } from '../../../../../lambdas/shared/domain/job/bedrock-status.ts';
import { isOverAtBedrock, isProvenOver } from '../../../../../lambdas/shared/domain/job/job-liveness.ts';
import { awsError } from '../../../../support/aws-error.ts';
import { aCreateRequest, aJob } from '../../../../support/factories.ts';
import { memoryWorld } from '../../../../support/world.ts';

const executionArn = 'arn:child';

/** A job that an execution worked on which ended this many minutes ago. */
function endedWorld(minutesAgo: number) {
  const world = memoryWorld();
  world.executions.end(executionArn, world.now() - minutesAgo * 60_000);
  return world;
}

describe('a job is proven over', () => {
  it('when it is closed, whatever else is known', async () => {
    const world = memoryWorld();

    expect(await isProvenOver(aJob({ phase: 'closed' }), executionArn, world)).toBe(true);
    expect(world.bedrock.calls).toEqual([]);
  });

  it.each([
    [0, false],
    [15.9, false],
    [16, true],
    [600, true],
  ])('when its execution ended %f minutes ago and nothing was sent: %s', async (minutes, isOver) => {
    expect(await isProvenOver(aJob(), executionArn, endedWorld(minutes))).toBe(isOver);
  });

  it.each(bedrockStatusSchema.options)('when Bedrock says that it is %s, if that is an end', async (status) => {
    const world = endedWorld(20);
    const createRequest = aCreateRequest(aJob());
    const batchJobArn = world.bedrock.add(createRequest, { status });

    const isOver = await isProvenOver(aJob({ createRequest, batchJobArn }), executionArn, world);

    expect(isOver).toBe(statusMeaning[status].over);
  });

  it.each([
    ['InProgress', false],
    ['Completed', true],
  ] as const)('when List finds the job whose ARN nobody wrote down as %s: %s', async (status, isOver) => {
    const world = endedWorld(20);
    const createRequest = aCreateRequest(aJob());
    world.bedrock.add(createRequest, { status });

    expect(await isProvenOver(aJob({ createRequest }), executionArn, world)).toBe(isOver);
  });

  it('when the request was written down and never sent', async () => {
    expect(await isProvenOver(aJob({ createRequest: aCreateRequest(aJob()) }), executionArn, endedWorld(20))).toBe(
      true,
    );
  });

  it.each([
    [19.9, false],
    [20, true],
  ])('when List shows none %f minutes after the request was about to be sent: %s', async (minutes, isOver) => {
    const world = endedWorld(17);
    const createRequestedAt = new Date(world.now() - minutes * 60_000).toISOString();
    const job = aJob({ createRequest: aCreateRequest(aJob()), createRequestedAt });

    expect(await isProvenOver(job, executionArn, world)).toBe(isOver);
  });

  it.each([
    [15.9, false],
    [16, true],
  ])('when a lost turn of Prepare job began %f minutes ago: %s', async (minutes, isOver) => {
    const world = endedWorld(600);
    const since = new Date(world.now() - minutes * 60_000).toISOString();

    expect(await isProvenOver(aJob({ preparing: { turn: 'lost', since } }), executionArn, world)).toBe(isOver);
  });
});

describe('what cannot be judged counts as alive', () => {
  it('such as an owner that the table does not know', async () => {
    expect(await isProvenOver(undefined, executionArn, endedWorld(600))).toBe(false);
  });

  it('such as an execution that nobody knows', async () => {
    expect(await isProvenOver(aJob(), 'arn:unknown', endedWorld(600))).toBe(false);
  });

  it('such as an execution that still runs', async () => {
    const world = memoryWorld();
    world.executions.start(executionArn);

    expect(await isProvenOver(aJob(), executionArn, world)).toBe(false);
  });

  it('such as an execution that ended nobody knows when', async () => {
    const world = memoryWorld();
    world.executions.end(executionArn, Number.POSITIVE_INFINITY);

    expect(await isProvenOver(aJob(), executionArn, world)).toBe(false);
  });

  it('and an error of Bedrock is no proof', async () => {
    const world = endedWorld(20);
    const createRequest = aCreateRequest(aJob());
    const batchJobArn = world.bedrock.add(createRequest, { status: 'Completed' });
    world.bedrock.failNext('get', awsError('ThrottlingException', 429));

    await expect(isProvenOver(aJob({ createRequest, batchJobArn }), executionArn, world)).rejects.toThrow('Throttling');
  });
});

it('does not ask Bedrock about a job that was never to be sent', async () => {
  const world = memoryWorld();

  expect(await isOverAtBedrock(aJob(), world)).toBe(true);
  expect(world.bedrock.calls).toEqual([]);
});
