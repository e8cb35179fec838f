import { join } from 'node:path';
import { unescape as percentDecode } from 'node:querystring';
import { text } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Access } from '../iam/access.ts';
import { parseJson } from '../json.ts';
import { type AwsRequest, notSimulated, type Service, ServiceError, type ServiceOptions } from '../service.ts';
import { liveJob } from './job-life.ts';
import { isOver, type Job, jobIdOf, jobSchema, listJobs, openJobs } from './jobs.ts';
import { mediaReader } from './media.ts';
import { type ModelFacts, modelBehind, type QuotaOverrides, quotasOf } from './models.ts';
import { createSchema, jobIdentifierSchema, listSchema, operations, parseRequest, tagsSchema } from './requests.ts';
import { type ApiFault, apiFaultSchema, faultStatus, type JobScenario, jobScenarioSchema } from './scenario.ts';

/** Settings of the local Bedrock. */
export interface BedrockOptions extends ServiceOptions {
  /** A client that reads and writes as a job's service role. */
  s3: (roleArn: string) => S3Client;
  /** The base models that can do batch. */
  models: readonly ModelFacts[];
  /** Judges what a job's service role may do; the caller is judged by the request. */
  access: Pick<Access, 'authorize' | 'assume'>;
  /** From 0 to 1, for job IDs and the order of the output; a seeded one makes both repeatable. */
  random?: () => number;
  /** How a job goes; by default well. */
  scenario?: (job: Job) => JobScenario;
  faults?: ApiFault[];
  quotas?: QuotaOverrides;
}

/** Amazon Bedrock batch inference: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html */
export function bedrockService(options: BedrockOptions): { service: Service; close(): Promise<void> } {
  const { clock, accountId, region, access, random = Math.random } = options;
  const jobs = openJobs(join(options.dataFolder, 'bedrock'), clock);
  const faults = (options.faults ?? []).map((fault) => apiFaultSchema.parse(fault));
  const media = mediaReader();
  const closing = new AbortController();
  const living = new Map<string, { stop: AbortController; life: Promise<void> }>();

  const modelOf = ({ modelId }: Pick<Job, 'modelId'>) => modelBehind(modelId, options.models, region, accountId);
  const jobArnOf = (jobId: string) => `arn:aws:bedrock:${region}:${accountId}:model-invocation-job/${jobId}`;

  function create({ authorize }: AwsRequest, body: unknown): object {
    const request = parseRequest(createSchema, body);
    const { roleArn, clientRequestToken: token } = request;
    const { arns, model } = modelOf(request);
    // https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-permissions.html
    for (const arn of [...arns, jobArnOf('*')]) authorize('bedrock:CreateModelInvocationJob', arn);
    if (request.tags.length > 0) authorize('bedrock:TagResource', jobArnOf('*'));
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    authorize('iam:PassRole', roleArn, { 'iam:PassedToService': bedrockPrincipal });
    // Ignored without an error, even if that job has failed:
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html
    const first = token && jobs.all().find(({ clientRequestToken }) => clientRequestToken === token);
    if (first) return { jobArn: first.jobArn };
    if (!model) {
      const what = `no batch inference with ${request.modelId} in ${region}`;
      const message = `There is ${what}: name an Amazon Nova model that has it.`;
      throw new ServiceError('ValidationException', 400, message);
    }
    const quotas = quotasOf(model, options.quotas);
    // Seen in the field, and for how long is UNVERIFIED: https://github.com/opensearch-project/data-prepper/pull/5507
    if (jobs.all().some(({ jobName }) => jobName === request.jobName)) {
      throw new ServiceError('ConflictException', 400, `There has been a job with the name ${request.jobName}.`);
    }
    const open = jobs.all().filter((job) => !isOver(job) && modelOf(job).model === model);
    if (open.length >= quotas.maxOpenJobs) {
      const message = `${open.length} batch jobs with ${model.modelId} are not over, of at most ${quotas.maxOpenJobs}.`;
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
    // That Create refuses it is UNVERIFIED: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html
    access.assume(roleArn, bedrockPrincipal, { 'aws:SourceAccount': accountId, 'aws:SourceArn': job.jobArn });
    jobs.put(job);
    const stop = new AbortController();
    const scenario = jobScenarioSchema.parse(options.scenario?.(job) ?? {});
    const invoked = arns.length > 1 ? arns : [];
    const s3 = options.s3(roleArn);
    const shared = { jobs, clock, accountId, access, media, random, closing: closing.signal };
    const world = { ...shared, s3, model, invoked, quotas, scenario, stop };
    const life = clock.run((turn) => liveJob(turn, jobIdOf(job), world));
    living.set(job.jobArn, { stop, life });
    return { jobArn: job.jobArn };
  }

  function newJobArn(): string {
    const jobId = Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join('');
    const jobArn = jobArnOf(jobId);
    return jobs.all().some((job) => job.jobArn === jobArn) ? newJobArn() : jobArn;
  }

  function list({ authorize, query }: AwsRequest): object {
    authorize('bedrock:ListModelInvocationJobs', '*');
    const { page, nextToken } = listJobs(jobs.all(), parseRequest(listSchema, Object.fromEntries(query)));
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

  async function answer(request: AwsRequest): Promise<object> {
    const { method, path, http } = request;
    const [, identifier = ''] = /^\/model-invocation-job\/([^/]+)/.exec(path) ?? [];
    const operation = known.get(`${method} ${path.replace(/(?<=^\/model-invocation-job\/)[^/]+/, '*')}`);
    if (!operation) return notSimulated(`${method} ${path} of Bedrock`);
    const body = parseJson(await text(http));
    const fault = faults.find((candidate) => candidate.operation === operation && candidate.calls > 0);
    const find = (id: string) => {
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock.html
      request.authorize(`bedrock:${operation}`, id.includes(':') ? id : jobArnOf(id));
      return jobs.get(id);
    };
    const named = () => find(parseRequest(jobIdentifierSchema, percentDecode(identifier)));
    const perform = {
      CreateModelInvocationJob: () => create(request, body),
      GetModelInvocationJob: () => show(named()),
      ListModelInvocationJobs: () => list(request),
      StopModelInvocationJob: () => stop(named()),
      ListTagsForResource: () => ({ tags: find(parseRequest(tagsSchema, body).resourceARN).tags }),
    }[operation];
    if (!fault) return perform();
    fault.calls -= 1;
    if (fault.afterwards) perform();
    throw new ServiceError(fault.code, faultStatus[fault.code], fault.message);
  }

  return {
    async service(request, response) {
      const body = JSON.stringify(await answer(request));
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    },
    async close() {
      closing.abort();
      await Promise.all([...living.values()].map(({ life }) => life));
    },
  };
}

const known = new Map(Object.entries(operations));
const bedrockPrincipal = 'bedrock.amazonaws.com';

/** Get and List answer no tags. */
const show = ({ tags, ...job }: Job) => job;
