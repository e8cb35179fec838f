import { join } from 'node:path';
import { unescape as percentDecode } from 'node:querystring';
import { text } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import { type AwsRequest, type Service, ServiceError } from '../endpoint.ts';
import type { Access } from '../iam/access.ts';
import { parseJson } from '../json.ts';
import { liveJob } from './job-life.ts';
import { isOver, type Job, jobIdOf, jobSchema, listJobs, openJobs } from './jobs.ts';
import { mediaReader } from './media.ts';
import { batchModel, type Quotas, quotasOf } from './models.ts';
import {
  createRequestSchema,
  jobIdentifierSchema,
  listRequestSchema,
  parseRequest,
  tagsRequestSchema,
} from './requests.ts';
import { type ApiFault, type JobScenario, jobScenarioSchema } from './scenario.ts';

/** Where the local Bedrock lives and how things go there. */
export interface BedrockOptions {
  clock: Clock;
  accountId: string;
  region: string;
  /** Jobs are kept in its folder `bedrock`. */
  dataFolder: string;
  /** A client that reads and writes as a job's service role. */
  s3: (roleArn: string) => S3Client;
  /** Judges what a job's service role may do; the caller is judged by the request. */
  access: Pick<Access, 'authorize' | 'assume'>;
  /** From 0 to 1, for job IDs and the order of the output; a seeded one makes both repeatable. */
  random?: () => number;
  /** How a job goes; well, unless this says otherwise. */
  scenario?: (job: Job) => JobScenario;
  faults?: ApiFault[];
  /** In place of the quotas of a job's model. */
  quotas?: Partial<Quotas>;
}

/** Amazon Bedrock batch inference: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html */
export function bedrockService(options: BedrockOptions): { service: Service; close(): Promise<void> } {
  const { clock, accountId, region, random = Math.random } = options;
  const jobs = openJobs(join(options.dataFolder, 'bedrock'), clock);
  const faults = structuredClone(options.faults ?? []);
  const media = mediaReader();
  const closing = new AbortController();
  const living = new Map<string, { stop: AbortController; life: Promise<void> }>();

  function create(body: unknown): object {
    const request = parseRequest(createRequestSchema, body);
    // Ignored without an error, even if that job has failed.
    const token = request.clientRequestToken;
    const first = token && jobs.all().find(({ clientRequestToken }) => clientRequestToken === token);
    if (first) return { jobArn: first.jobArn };
    const model = batchModel(request.modelId, region);
    const quotas = quotasOf(model, options.quotas);
    // Seen in the field, and for how long is UNVERIFIED: https://github.com/opensearch-project/data-prepper/pull/5507
    if (jobs.all().some(({ jobName }) => jobName === request.jobName)) {
      throw new ServiceError('ConflictException', 400, `There has been a job with the name ${request.jobName}.`);
    }
    const open = jobs.all().filter((job) => !isOver(job) && batchModel(job.modelId, region) === model).length;
    if (open >= quotas.maxJobsAtOnce) {
      const message = `${open} batch jobs with ${model.id} are not over, of at most ${quotas.maxJobsAtOnce}.`;
      throw new ServiceError('ServiceQuotaExceededException', 400, message);
    }
    const submitTime = new Date(clock.now()).toISOString();
    const job = jobSchema.parse({
      ...request,
      jobArn: newJobArn(),
      submitTime,
      lastModifiedTime: submitTime,
      jobExpirationTime: new Date(clock.now() + request.timeoutDurationInHours * 3_600_000).toISOString(),
    });
    jobs.put(job);
    const stop = new AbortController();
    const scenario = jobScenarioSchema.parse(options.scenario?.(job) ?? {});
    const s3 = options.s3(job.roleArn);
    const world = { jobs, clock, s3, model, quotas, scenario, media, random, stop, closing: closing.signal };
    const life = clock.run((turn) => liveJob(turn, jobIdOf(job), world));
    living.set(job.jobArn, { stop, life });
    return { jobArn: job.jobArn };
  }

  function newJobArn(): string {
    const jobId = Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join('');
    const jobArn = `arn:aws:bedrock:${region}:${accountId}:model-invocation-job/${jobId}`;
    return jobs.all().some((job) => job.jobArn === jobArn) ? newJobArn() : jobArn;
  }

  function list(query: URLSearchParams): object {
    const { page, nextToken } = listJobs(jobs.all(), parseRequest(listRequestSchema, Object.fromEntries(query)));
    return { invocationJobSummaries: page.map(show), nextToken };
  }

  function stop(job: Job): object {
    if (isOver(job) || job.status === 'Stopping') {
      throw new ServiceError('ConflictException', 400, `The job ${job.jobArn} is ${job.status} and cannot be stopped.`);
    }
    jobs.update(jobIdOf(job), { status: 'Stopping' });
    living.get(job.jobArn)?.stop.abort();
    return {};
  }

  async function answer({ method, path, query, http }: AwsRequest): Promise<object> {
    const [operation, identifier = ''] = route(`${method} ${path}`);
    const body = parseJson(await text(http));
    const fault = faults.find((candidate) => candidate.operation === operation && candidate.calls > 0);
    const find = () => jobs.get(parseRequest(jobIdentifierSchema, percentDecode(identifier)));
    const perform = {
      CreateModelInvocationJob: () => create(body),
      GetModelInvocationJob: () => show(find()),
      ListModelInvocationJobs: () => list(query),
      StopModelInvocationJob: () => stop(find()),
      ListTagsForResource: () => ({ tags: jobs.get(parseRequest(tagsRequestSchema, body).resourceARN).tags }),
    }[operation];
    if (!fault) return perform();
    fault.calls -= 1;
    if (fault.afterwards) perform();
    throw new ServiceError(fault.code, fault.code === 'ThrottlingException' ? 429 : 500, 'As the scenario says.');
  }

  return {
    async service(request, response) {
      const reply = (status: number, headers: Record<string, string>, body: object) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
      };
      try {
        reply(200, {}, await answer(request));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        reply(error.status, { 'x-amzn-errortype': error.code }, { message: error.message });
      }
    },
    async close() {
      closing.abort();
      await Promise.all([...living.values()].map(({ life }) => life));
    },
  };
}

/** Tags are no part of what Get and List answer. */
const show = ({ tags, ...job }: Job) => job;

const routes: [RegExp, ApiFault['operation']][] = [
  [/^POST \/model-invocation-job$/, 'CreateModelInvocationJob'],
  [/^GET \/model-invocation-job\/([^/]+)$/, 'GetModelInvocationJob'],
  [/^GET \/model-invocation-jobs$/, 'ListModelInvocationJobs'],
  [/^POST \/model-invocation-job\/([^/]+)\/stop$/, 'StopModelInvocationJob'],
  [/^POST \/listTagsForResource$/, 'ListTagsForResource'],
];

function route(request: string): [ApiFault['operation'], string | undefined] {
  for (const [pattern, operation] of routes) {
    const match = pattern.exec(request);
    if (match) return [operation, match[1]];
  }
  throw new ServiceError('UnknownOperationException', 404, `The local Bedrock does not know ${request}.`);
}
