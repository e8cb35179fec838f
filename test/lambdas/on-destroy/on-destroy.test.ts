import { describe, expect, it } from 'vitest';
import type { CustomResourceRequest } from '../../../lambdas/on-destroy/cloud-formation.ts';
import { betweenChecksMs, onDestroy } from '../../../lambdas/on-destroy/on-destroy.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { metadataOf } from '../../../lambdas/shared/domain/job/scan-folder.ts';
import { onDestroyTag } from '../../../lambdas/shared/domain/stack-tags.ts';
import { awsError } from '../../support/aws-error.ts';
import { aCreateRequest, prefixes } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned, putInputOf, type World } from '../../support/world.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:Runs';
const minuteMs = 60_000;

function aRequest(RequestType: CustomResourceRequest['RequestType'] = 'Delete'): CustomResourceRequest {
  const ids = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Destroyed', PhysicalResourceId: 'it' };
  return { RequestType, ResponseURL: 'http://127.0.0.1/answer', ...ids };
}

/** The world of a stack with the tag of its custom resource. */
function aWorld(tag: Record<string, string> = { [onDestroyTag]: 'Destroyed' }): World {
  const world = memoryWorld();
  world.executions.tag(stateMachineArn, tag);
  return world;
}

/** A job at the root that Bedrock has. */
async function running(world: World, overrides: Partial<Job> = {}): Promise<{ job: Job; arn: string }> {
  const job = await holding(world, await planned(world, overrides));
  putInputOf(world, job);
  const createRequest = aCreateRequest(job);
  const arn = world.bedrock.add(createRequest, { status: 'InProgress' });
  await world.table.updateJob(job, { createRequest, batchJobArn: arn });
  return { job: await world.table.getJob(job), arn };
}

/** `onSleep` is what happens while the function waits; it has ten minutes. */
function destroy(world: World, onSleep: () => unknown = () => undefined, request = aRequest(), parts: object = {}) {
  const startedAt = world.now();
  return onDestroy(request, {
    ...world,
    stateMachineArn,
    stagingPrefix: prefixes.stagingPrefix,
    isTimeUp: () => world.now() - startedAt > 10 * minuteMs,
    sleep: async (ms) => {
      expect(ms).toBe(betweenChecksMs);
      world.time.nowMs += ms;
      await onSleep();
    },
    ...parts,
  });
}

describe('a stack that is deleted', () => {
  it('has its jobs stopped at Bedrock and their input, copies and lock removed, and nothing else', async () => {
    const world = aWorld();
    const { job, arn } = await running(world);
    const copy = `${job.copiesPrefix}copy.mp4`;
    for (const key of [copy, 'proxies/C0001.MP4', 'nova/batch/results/shots/a.json', 'batch_input_other.jsonl'])
      world.store.put(key);
    world.staging.put('left/by/nobody.mp4');
    const before = world.store.keys();

    const done = await destroy(world, () =>
      world.bedrock.set(arn, { status: 'Stopped', endedAt: new Date(world.now()) }),
    );

    expectOneSentence(done, 'All jobs of the stack are over');
    expect(world.bedrock.stopped).toEqual([arn]);
    expect(world.store.keys()).toEqual(before.filter((key) => ![copy, job.batchInputS3Key].includes(key)));
    expect(world.staging.keys()).toEqual([]);
    expect((await world.table.getLock(job.bucket))?.owner).toBeUndefined();
    expect(await world.table.getJob(job)).toMatchObject({ phase: 'closed', stopRequested: true, status: 'Stopped' });
  });

  it('leaves its runs, as stopped, to a stack that gets the table', async () => {
    const world = aWorld();
    const { job, arn } = await running(world);

    await destroy(world, () => world.bedrock.set(arn, { status: 'Stopped' }));

    expect(await world.table.listOpenRuns()).toEqual([job.runId]);
    const run = await world.table.getRun(job.runId);
    expect(Date.parse(run?.stopRequestedAt ?? '')).toBeLessThanOrEqual(world.now());
    expect(await world.table.listOpenJobs()).toHaveLength(1);
  });

  it('has its executions stopped before its jobs, and checks again for what they may have started meanwhile', async () => {
    const world = aWorld();
    world.executions.start('arn:execution:Runs:one');
    let jobOfLate: Job | undefined;

    await destroy(world, async () => {
      if (jobOfLate !== undefined) return;
      // A function of the stopped execution was at work and has planned a job by now.
      jobOfLate = await planned(world, { runId: 'late' });
    });

    expect(world.executions.stopped).toEqual(['arn:execution:Runs:one']);
    expect(jobOfLate && (await world.table.getJob(jobOfLate)).phase).toBe('closed');
  });

  it('waits for a turn of Prepare job that is still at work, and removes what it wrote', async () => {
    const world = aWorld();
    const job = await holding(world, await planned(world));
    await world.table.updateJob(job, { preparing: { turn: 't', since: new Date(world.now()).toISOString() } });
    let looks = 0;

    await destroy(world, async () => {
      looks += 1;
      if (looks < 3) return;
      putInputOf(world, job);
      await world.table.endTurn(job, 't', undefined);
    });

    expect(looks).toBe(3);
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
  });

  it('asks to be deleted again where Bedrock has not stopped a job in time, and continues from there', async () => {
    const world = aWorld();
    const { job, arn } = await running(world);

    const message = await messageOfRejection(destroy(world), 'StillRunning');
    expectOneSentence(message, 'Delete the stack again', job.jobName, 'Stopping');
    expect(world.store.has(job.batchInputS3Key)).toBe(true);
    world.bedrock.set(arn, { status: 'Stopped' });
    await destroy(world);

    expect(world.store.has(job.batchInputS3Key)).toBe(false);
  });

  it('waits while a service throttles', async () => {
    const world = aWorld();
    const { arn } = await running(world);
    world.bedrock.set(arn, { status: 'Stopped' });
    const listOpenRuns = async () => {
      if (world.now() - startedAt < minuteMs) throw awsError('ThrottlingException', 400, 'Rate exceeded');
      return world.table.listOpenRuns();
    };
    const startedAt = world.now();

    await destroy(world, undefined, aRequest(), { table: { ...world.table, listOpenRuns } });

    expect(world.now() - startedAt).toBe(minuteMs);
  });

  it('fails with the error of a job once all other jobs are settled', async () => {
    const world = aWorld();
    const broken = await running(world, { runId: 'broken' });
    const other = await running(world, { runId: 'other' });
    world.bedrock.set(other.arn, { status: 'Stopped' });
    const get: World['bedrock']['get'] = async (arn) => {
      if (arn === broken.arn) throw awsError('AccessDeniedException', 403, 'You may not look at it.');
      return world.bedrock.get(arn);
    };

    const message = await messageOfRejection(
      destroy(world, undefined, aRequest(), { bedrock: { ...world.bedrock, get } }),
      'AccessDeniedException',
    );

    expect(message).toBe('You may not look at it.');
    expect(await world.table.getJob(other.job)).toMatchObject({ phase: 'closed' });
  });

  it('has leftovers of closed jobs removed, if they are ours by the table and their metadata', async () => {
    const world = aWorld();
    const job = await planned(world, { phase: 'closed' });
    const open = { runId: 'unknown', jobName: 'media-unknown-1' };
    putInputOf(world, job);
    world.store.put(`${job.copiesPrefix}a.mp4`, { metadata: metadataOf(job) });
    world.store.put(`${prefixes.stagingPrefix}${open.jobName}/a.mp4`, { metadata: metadataOf(open) });
    world.store.put(`${prefixes.stagingPrefix}loose.mp4`);

    await destroy(world);

    expect(world.store.deleted.sort()).toEqual([job.batchInputS3Key, `${job.copiesPrefix}a.mp4`].sort());
  });

  it('is not held up by a bucket that is gone', async () => {
    const world = aWorld();
    const { arn } = await running(world);
    world.bedrock.set(arn, { status: 'Failed' });
    const gone = () => {
      throw awsError('NoSuchBucket', 404, 'The specified bucket does not exist');
    };
    const store = { ...world.store, listObjects: gone, deleteObjects: gone };

    await expect(destroy(world, undefined, aRequest(), { store, storeOf: () => store })).resolves.toContain(
      'All jobs of the stack are over',
    );
  });

  it('fails where S3 does not remove an object', async () => {
    const world = aWorld();
    world.staging.put('a.mp4');
    world.staging.refusedDeletes.set('a.mp4', 'AccessDenied');

    expectOneSentence(await messageOfRejection(destroy(world), 'Throttled'), 'a.mp4', 'AccessDenied');
  });
});

describe('a stack that goes on', () => {
  it.each([
    ['is created', aRequest('Create'), undefined],
    ['is updated', aRequest('Update'), undefined],
    ['has the custom resource under another logical ID from now on', aRequest(), { [onDestroyTag]: 'Another' }],
    ['goes back to a version that has no such resource', aRequest(), {}],
  ])('keeps what it runs when it %s', async (_, request, tag) => {
    const world = aWorld(tag);
    const { job } = await running(world);
    world.executions.start('arn:execution:Runs:one');
    const before = structuredClone(await world.table.getJob(job));

    await destroy(world, undefined, request);

    expect(world.executions.stopped).toEqual([]);
    expect(world.bedrock.stopped).toEqual([]);
    expect(world.store.deleted).toEqual([]);
    expect(await world.table.getJob(job)).toEqual(before);
  });

  it('does the same for a machine that is gone as for a stack that is deleted, because it can run nothing', async () => {
    const world = memoryWorld();
    const { arn } = await running(world);

    await destroy(world, () => world.bedrock.set(arn, { status: 'Stopped' }));

    expect(world.bedrock.stopped).toEqual([arn]);
  });
});
