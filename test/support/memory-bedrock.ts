import { statusMeaning } from '../../lambdas/shared/domain/job/bedrock-status.ts';
import type { CreateRequest } from '../../lambdas/shared/domain/job/create-request.ts';
import type { BatchJobs, BedrockJob } from '../../lambdas/shared/domain/ports/batch-jobs.ts';
import { awsError } from './aws-error.ts';

type Verb = keyof BatchJobs;

/** Bedrock's batch jobs in memory; a test says how each stands and what goes wrong. */
export type MemoryBedrock = ReturnType<typeof memoryBedrock>;

/** A Bedrock without jobs. It knows tokens and names again, as the real one does. */
export function memoryBedrock() {
  const jobs = new Map<string, { request: Pick<CreateRequest, 'jobName'> & Partial<CreateRequest>; job: BedrockJob }>();
  const faults: { verb: Verb; error: Error; isAnswerLost: boolean }[] = [];
  const created: CreateRequest[] = [];
  const stopped: string[] = [];
  const calls: Verb[] = [];

  /** Runs a verb with the fault that was ordered for it: before its effect, or after it as if the answer was lost. */
  async function withFaults<T>(verb: Verb, work: () => T): Promise<T> {
    calls.push(verb);
    const at = faults.findIndex((fault) => fault.verb === verb);
    const [fault] = at < 0 ? [] : faults.splice(at, 1);
    if (fault && !fault.isAnswerLost) throw fault.error;
    const answer = work();
    if (fault) throw fault.error;
    return answer;
  }

  function held(arn: string): { job: BedrockJob } {
    const entry = jobs.get(arn);
    if (entry === undefined) throw awsError('ResourceNotFoundException', 404, `There is no job ${arn}.`);
    return entry;
  }

  function add(
    request: Pick<CreateRequest, 'jobName'> & Partial<CreateRequest>,
    job: Partial<BedrockJob> = {},
  ): string {
    const id = String(jobs.size + 1).padStart(12, 'j');
    const arn = `arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/${id}`;
    const counters = { total: 0, processed: 0, succeeded: 0, failed: 0 };
    jobs.set(arn, { request, job: { status: 'Submitted', counters, ...job } });
    return arn;
  }

  const verbs: BatchJobs = {
    create: (request) =>
      withFaults('create', () => {
        created.push(request);
        for (const [arn, { request: known }] of jobs) {
          if (known.clientRequestToken === request.clientRequestToken) return arn;
          if (known.jobName === request.jobName) throw awsError('ConflictException', 400, 'The job name is in use.');
        }
        return add(request);
      }),
    get: (arn) => withFaults('get', () => structuredClone(held(arn).job)),
    findByName: (jobName) =>
      withFaults('findByName', () => [...jobs].find(([, { request }]) => request.jobName === jobName)?.[0]),
    hasOpenJobs: () =>
      withFaults('hasOpenJobs', () => [...jobs.values()].some(({ job }) => !statusMeaning[job.status].over)),
    listLive: () =>
      withFaults('listLive', () =>
        [...jobs.values()].flatMap(({ request: { jobName, inputDataConfig }, job }) =>
          statusMeaning[job.status].over
            ? []
            : { jobName, inputUri: inputDataConfig?.s3InputDataConfig.s3Uri ?? 's3://media-bucket/' },
        ),
      ),
    stop: (arn) =>
      withFaults('stop', () => {
        const { job } = held(arn);
        stopped.push(arn);
        if (!statusMeaning[job.status].over) job.status = 'Stopping';
      }),
  };

  return {
    ...verbs,
    /** A job that is there already, and its ARN. */
    add,
    set: (arn: string, fields: Partial<BedrockJob>) => Object.assign(held(arn).job, fields),
    /** Makes the next call of a verb fail, before its effect or, with `isAnswerLost`, after it. */
    failNext: (verb: Verb, error: Error, isAnswerLost = false) => faults.push({ verb, error, isAnswerLost }),
    arns: () => [...jobs.keys()],
    created,
    stopped,
    calls,
  };
}
