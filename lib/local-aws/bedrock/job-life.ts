import { S3ServiceException } from '@aws-sdk/client-s3';
import type { Clock, Turn } from '../clock.ts';
import type { Access } from '../iam/access.ts';
import { validateInput } from './input.ts';
import type { Job, Jobs } from './jobs.ts';
import type { ModelFacts, Quotas } from './models.ts';
import { type JobOutput, openOutput, type RecordWork } from './output.ts';

/** What a job needs. */
export interface JobWorld extends Omit<RecordWork, 'input' | 'rules'> {
  jobs: Jobs;
  clock: Clock;
  accountId: string;
  access: Pick<Access, 'authorize'>;
  model: ModelFacts;
  /** ARNs of the job's profile and its models, if it uses one; the job's role must be allowed to invoke them. */
  invoked: string[];
  quotas: Quotas;
  /** Aborted to stop the job. */
  stop: AbortController;
}

/** Counters may lag by a minute: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-monitor.html */
const counterLagMs = 60_000;

/** Takes a job through its statuses; it reads its input in Validating and again, with the media, in InProgress. */
export async function liveJob(turn: Turn, jobId: string, world: JobWorld): Promise<void> {
  const { jobs, clock, scenario } = world;
  const job = jobs.get(jobId);
  const expiresAt = Date.parse(job.jobExpirationTime);
  const signal = AbortSignal.any([world.stop.signal, world.closing]);
  const wait = (ms: number) => turn.sleep(Math.min(ms, expiresAt - clock.now()), { signal });
  let output: JobOutput | undefined;
  let done = 0;

  async function untilEnd(): Promise<Job['status']> {
    await wait(scenario.submitted * 1000);
    jobs.update(jobId, { status: 'Validating' });
    await wait(scenario.validating * 1000);
    if (scenario.end === 'Failed') throw new Error(scenario.message);
    // https://docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html; that Validating finds it out is
    // UNVERIFIED.
    for (const arn of world.invoked) world.access.authorize(job.roleArn, 'bedrock:InvokeModel', arn);
    const { s3InputDataConfig, s3OutputDataConfig } = { ...job.inputDataConfig, ...job.outputDataConfig };
    // Validating checks that "the role can reach the bucket"; that this includes the output's is UNVERIFIED, the strict
    // side: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html
    const outputArn = `arn:aws:s3:::${s3OutputDataConfig.s3Uri.slice('s3://'.length)}`.replace(/[^/]$/, '$&/');
    world.access.authorize(job.roleArn, 's3:PutObject', `${outputArn}${jobId}/manifest.json.out`);
    const input = await validateInput(world.s3, s3InputDataConfig.s3Uri, world.quotas);
    jobs.update(jobId, { status: 'Scheduled' });
    await wait(scenario.end === 'Expired' ? Number.POSITIVE_INFINITY : scenario.scheduled * 1000);
    if (clock.now() >= expiresAt) return 'Expired';
    const { accountId, model } = world;
    const rules = { type: job.modelInvocationType, model, accountId, folderUri: input.folderUri };
    output = openOutput(job, { ...world, input, rules });
    return await inProgress(output, input.recordCount);
  }

  async function inProgress(records: JobOutput, total: number): Promise<Job['status']> {
    const startedAt = clock.now();
    // Whole milliseconds, as the clock has them.
    const full = Math.ceil((scenario.inProgress + total * scenario.perRecord) * 1000);
    const duration = scenario.end === 'PartiallyCompleted' ? (expiresAt - startedAt) * 2 : full;
    jobs.update(jobId, { status: 'InProgress', totalRecordCount: total });
    while (done < total) {
      if (clock.now() >= expiresAt) return 'PartiallyCompleted';
      await wait(Math.min(counterLagMs, startedAt + duration - clock.now()));
      const passed = clock.now() - startedAt;
      done = passed >= duration ? total : Math.floor((total * passed) / duration);
      if (scenario.end === 'Stopped' && done * 2 >= total) {
        done = Math.floor(total / 2);
        world.stop.abort();
      }
      jobs.update(jobId, await records.answer(done));
    }
    return 'Completed';
  }

  async function stopped(error: unknown): Promise<Job['status']> {
    if (!world.stop.signal.aborted) throw error;
    jobs.update(jobId, { status: 'Stopping' });
    await turn.sleep(scenario.stopping * 1000, { signal: world.closing });
    return 'Stopped';
  }

  try {
    const status = await untilEnd().catch(stopped);
    await output?.complete();
    // A job that was stopped with an answer must not become Completed.
    const isTooLate = status === 'Completed' && world.stop.signal.aborted;
    jobs.update(jobId, { status: isTooLate ? 'Stopped' : status });
  } catch (error) {
    if (world.closing.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const message =
      error instanceof S3ServiceException ? `S3 refused ${job.roleArn}: ${error.name}: ${reason}` : reason;
    jobs.update(jobId, { status: 'Failed', message: message.slice(0, 2048) });
  }
}
