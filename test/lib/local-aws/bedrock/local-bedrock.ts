import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  type CreateModelInvocationJobCommandInput,
  GetModelInvocationJobCommand,
} from '@aws-sdk/client-bedrock';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { models } from '../../../../lambdas/shared/domain/model/models.ts';
import { seededRandom } from '../../../../lib/cli/local/seeded-random.ts';
import { type BedrockOptions, bedrockService } from '../../../../lib/local-aws/bedrock/service.ts';
import { fastClock, type Turn } from '../../../../lib/local-aws/clock.ts';
import { startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import { type Access, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { s3Service } from '../../../../lib/local-aws/s3/service.ts';
import type { Service } from '../../../../lib/local-aws/service.ts';
import { administrator, openAccess } from '../../../support/administrator.ts';
import { sampleMediaFolder } from '../../../support/clips.ts';

/** When the clock of these tests starts. */
export const startedAt = Date.UTC(2026, 10, 20, 9);

/** The exact words of Bedrock for media outside the input folder. */
export const outsideFolder =
  'The S3 resource locations in your prompt do not match the folder prefix specified in CreateModelInvocationJob ' +
  'InputDataConfig parameter. Batch Inference requires both JSONL and S3 resources to be in the same S3 bucket and ' +
  'folder (paths are case-sensitive). If you intend to use S3 URIs in prompts, the InputDataConfig parameter must ' +
  'specify a folder containing all linked resources, not an individual .jsonl file.';

const messageSchema = z.object({
  message: z.object({ role: z.literal('assistant'), content: z.array(z.object({ text: z.string() })) }),
});
const usageSchema = z.object({ inputTokens: z.int(), outputTokens: z.int(), totalTokens: z.int() });

/** A line of the output as the tests read it; strict, so that nothing undocumented slips in. */
const lineSchema = z.strictObject({
  recordId: z.string(),
  modelInput: z.record(z.string(), z.unknown()),
  modelOutput: z
    .strictObject({
      output: messageSchema,
      stopReason: z.enum(['end_turn', 'max_tokens']),
      usage: usageSchema,
      metrics: z.strictObject({ latencyMs: z.number() }).optional(),
    })
    .optional(),
  error: z
    .strictObject({ errorCode: z.int(), errorMessage: z.string(), retryable: z.boolean(), expired: z.boolean() })
    .optional(),
});
export type OutputLine = z.infer<typeof lineSchema>;

interface LocalOptions extends Partial<Omit<BedrockOptions, 'access'>> {
  /** Who may do what; without it everybody may do everything. */
  access?: Access;
  /** Requests to S3 that it answers with AccessDenied, such as `PUT /media/out/`, by their beginnings. */
  deniedInS3?: string;
  /** Leaves the data folder to the next one. */
  keepData?: boolean;
}

/** Bedrock and S3 behind one endpoint on a fast clock, with the buckets `media` and `other`; removed after the test. */
export async function localBedrock(options: LocalOptions = {}) {
  const local = await startLocalBedrock(options);
  onTestFinished(local.close);
  return local;
}

/** The same for several tests, which must close it. */
export async function startLocalBedrock(options: LocalOptions = {}) {
  const clock = options.clock ?? fastClock(startedAt);
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'local-bedrock-'));
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
  const region = options.region ?? 'us-east-1';
  const storage = s3Service({ dataFolder, clock });
  for (const bucket of ['media', 'other']) storage.createBucket(bucket);
  const service = bedrockService({
    models,
    clock,
    accountId: '123456789012',
    region,
    dataFolder,
    random: seededRandom(7),
    s3: (roleArn) => (options.access ? s3As(roleArn) : s3),
    access: openAccess,
    ...options,
  });
  const guardedS3: Service = async (request, response) => {
    const { deniedInS3 } = options;
    const isDenied = deniedInS3 !== undefined && `${request.method} ${request.http.url}`.startsWith(deniedInS3);
    if (!isDenied) return storage.service(request, response);
    const message = `User: x is not authorized to perform: ${request.method}`;
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`);
  };
  const services = { s3: guardedS3, bedrock: service.service };
  const endpoint = await startEndpoint(0, clock, services, options.access ?? administrator());
  const s3 = new S3Client({ endpoint: endpoint.url, region, credentials });
  const s3As = (roleArn: string) =>
    new S3Client({ endpoint: endpoint.url, region, credentials: credentialsOf(roleArn) });
  const client = new BedrockClient({ endpoint: endpoint.url, region, credentials, maxAttempts: 1 });

  // Time passes only while a test lets it: otherwise it would pass between two calls of the client.
  let letGo: () => void = () => undefined;
  const turn = await new Promise<Turn>((hold) => {
    clock.run((turn) => {
      hold(turn);
      return new Promise<void>((resolve) => {
        letGo = resolve;
      });
    });
  });

  let closed = false;
  async function close() {
    if (closed) return;
    closed = true;
    letGo();
    await service.close();
    await endpoint.close();
    storage.close();
    if (!options.keepData) rmSync(dataFolder, { recursive: true, force: true });
  }

  async function put(key: string, body: string | Uint8Array, more: { contentType?: string; archived?: boolean } = {}) {
    const StorageClass = more.archived ? 'GLACIER' : undefined;
    const params = { Bucket: 'media', Key: key, Body: body, ContentType: more.contentType, StorageClass } as const;
    await s3.send(new PutObjectCommand(params));
  }

  async function create(request: Partial<CreateModelInvocationJobCommandInput> = {}): Promise<string> {
    const { jobArn = '' } = await client.send(new CreateModelInvocationJobCommand(jobRequest(request)));
    return jobArn;
  }

  const get = (jobIdentifier: string) => client.send(new GetModelInvocationJobCommand({ jobIdentifier }));

  /** Lets time pass until a job is in a status; without one, until it is over. */
  async function until(jobArn: string, status?: string) {
    for (;;) {
      const job = await get(jobArn);
      const over = ['Completed', 'PartiallyCompleted', 'Failed', 'Stopped', 'Expired'].includes(job.status ?? '');
      if (over || job.status === status) return job;
      await turn.sleep(status ? 10_000 : 1_800_000);
    }
  }

  async function read(key: string): Promise<string> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'media', Key: key }));
    return (await Body?.transformToString()) ?? '';
  }

  async function keysUnder(prefix: string): Promise<string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'media', Prefix: prefix }));
    return Contents.flatMap(({ Key }) => Key ?? []);
  }

  async function outputLines(jobArn: string, name = 'input.jsonl'): Promise<OutputLine[]> {
    const lines = (await read(`out/${jobArn.slice(-12)}/${name}.out`)).split('\n').slice(0, -1);
    return lines.map((line) => lineSchema.parse(JSON.parse(line)));
  }

  /** Runs a job over these records, padded to the minimum, and returns the output lines of the records by ID. */
  async function answer(records: object[], request: Partial<CreateModelInvocationJobCommandInput> = {}) {
    await put('in/input.jsonl', jsonl(padded(records)));
    const jobArn = await create(request);
    const job = await until(jobArn);
    const lines = new Map((await outputLines(jobArn)).map((line) => [line.recordId, line]));
    return { job, lines, error: (recordId: string) => lines.get(recordId)?.error?.errorMessage };
  }

  return {
    clock,
    sleep: turn.sleep,
    dataFolder,
    url: endpoint.url,
    client,
    s3,
    close,
    put,
    create,
    get,
    until,
    read,
    keysUnder,
    outputLines,
    answer,
  };
}

let jobNumber = 0;

/** A good Create request for the folder `in/` of the bucket `media`. */
export function jobRequest(
  request: Partial<CreateModelInvocationJobCommandInput> = {},
): CreateModelInvocationJobCommandInput {
  jobNumber += 1;
  return {
    jobName: `job-${jobNumber}`,
    roleArn: 'arn:aws:iam::123456789012:role/bedrock-batch',
    modelId: 'amazon.nova-lite-v1:0',
    inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://media/in/' } },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://media/out/' } },
    timeoutDurationInHours: 72,
    ...request,
  };
}

/** The text of a sample clip. */
export const sample = (key: string) => readFileSync(join(sampleMediaFolder, key));

export const jsonl = (records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** A record with only text. */
export function textRecord(recordId: string, text = 'Say something.', inferenceConfig: object = { maxTokens: 1 }) {
  return { recordId, modelInput: { messages: [{ role: 'user', content: [{ text }] }], inferenceConfig } };
}

/** A record about a video in S3. */
export function videoRecord(recordId: string, uri: string, { text = 'What is this?', format = 'mp4' } = {}) {
  const video = { format, source: { s3Location: { uri } } };
  return {
    recordId,
    modelInput: { schemaVersion: 'messages-v1', messages: [{ role: 'user', content: [{ video }, { text }] }] },
  };
}

/** As many records as a job must have, made up with text records. */
export function padded(records: object[], count = 100): object[] {
  const missing = Math.max(0, count - records.length);
  return [...records, ...Array.from({ length: missing }, (_, index) => textRecord(`pad-${index}`))];
}
