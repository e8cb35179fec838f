import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect, inject } from 'vitest';
import type { z } from 'zod';
import { runTable } from '../../lambdas/shared/aws/dynamodb/run-table.ts';
import { models } from '../../lambdas/shared/domain/model/models.ts';
import { ledgerEntrySchema } from '../../lambdas/shared/domain/record/ledger.ts';
import { type Outcome, outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import { fastClock } from '../../lib/local-aws/clock.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../lib/local-aws/start.ts';
import { type SampleClip, sampleMediaFolder, someClips } from './clips.ts';
import { startInProcess } from './in-process/start-in-process.ts';
import { recordUse } from './permission-use.ts';
import { startAtPort } from './start-at-port.ts';

const contentTypes: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.mov': 'video/quicktime',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
};

/** How long a job takes unless a test says otherwise. The default is polled 20 times, this one three times. */
const quickJob = { submitted: 10, validating: 10, scheduled: 10, inProgress: 60, perRecord: 0 };

/** How an execution ended, with its outcome where it has one. */
export interface EndedRun {
  runId: string;
  executionArn: string;
  status: string;
  error?: string;
  cause?: string;
  outcome?: Outcome;
}

/** The stack on a local AWS of its own, with real clients and the few verbs that tests share. */
export type LocalStack = Awaited<ReturnType<typeof startLocalStack>>;

/**
 * Ports that no stack of this process has: the functions of one that has ended serve the next at the same endpoint.
 * A process of another run may listen at them, one whose ID ends in the same three digits.
 */
const freePorts = Array.from({ length: 10 }, (_, at) => 10_000 + (process.pid % 1_000) * 10 + at);

/**
 * Starts a local AWS with the stack in it, on a data folder of its own. Its functions run in this process, unless
 * `startSandbox` says otherwise.
 */
export async function startLocalStack(options: Omit<Partial<LocalAwsOptions>, 'clock' | 'port'> = {}) {
  const startedAt = performance.now();
  const clock = fastClock(Date.now());
  const dataFolder = mkdtempSync(join(tmpdir(), 'media-batch-test-'));
  const endings = new Map<string, PromiseWithResolvers<void>>();
  const endingOf = (executionArn: string) => {
    const ending = endings.get(executionArn) ?? Promise.withResolvers<void>();
    endings.set(executionArn, ending);
    return ending;
  };
  const aws: LocalAws = await startAtPort(freePorts.shift() ?? 0, (port) =>
    startLocalAws({
      templateFile: inject('templateFile'),
      ...{ models, dataFolder, tables: 'memory', clock, port },
      startSandbox: startInProcess(clock),
      onExecutionStatusChange: ({ executionArn, status }) => {
        if (status !== 'RUNNING') endingOf(executionArn).resolve();
      },
      ...options,
      scenario: (job) => ({ ...quickJob, ...options.scenario?.(job) }),
    }),
  );
  const client = {
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { accessKeyId: 'tester', secretAccessKey: 'anything' },
  };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const sfn = new SFNClient(client);
  const dynamodb = new DynamoDBClient(client);
  let runs = 0;

  const stack = {
    aws,
    s3,
    sfn,
    bedrock: new BedrockClient(client),
    lambda: new LambdaClient(client),
    table: runTable(dynamodb, aws.tableName),

    async put(key: string, body: string | Uint8Array, contentType = contentTypes[extname(key).toLowerCase()]) {
      await s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key: key, Body: body, ContentType: contentType }));
    },

    async remove(key: string) {
      await s3.send(new DeleteObjectCommand({ Bucket: aws.bucket, Key: key }));
    },

    async putClips(clips: readonly SampleClip[] = someClips) {
      await Promise.all(clips.map(({ key }) => stack.put(key, readFileSync(join(sampleMediaFolder, key)))));
    },

    async readText(key: string): Promise<string> {
      const object = await s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: key }));
      return (await object.Body?.transformToString()) ?? '';
    },

    async readJson<Schema extends z.ZodType>(key: string, schema: Schema): Promise<z.output<Schema>> {
      return schema.parse(JSON.parse(await stack.readText(key)));
    },

    /** The objects of an `.ndjson` list. */
    async readLines<Schema extends z.ZodType>(key: string, schema: Schema): Promise<z.output<Schema>[]> {
      const lines = (await stack.readText(key)).split('\n').filter((line) => line !== '');
      return lines.map((line) => schema.parse(JSON.parse(line)));
    },

    /** What became of every submitted record of a run. */
    ledger: (runId: string) => stack.readLines(`nova/batch/runs/${runId}/ledger/records.ndjson`, ledgerEntrySchema),

    async keys(prefix = ''): Promise<string[]> {
      const keys: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: aws.bucket, Prefix: prefix })) {
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      }
      return keys;
    },

    /** Keys of our own inputs at the root: none once a run is over. */
    async inputs(): Promise<string[]> {
      return (await stack.keys()).filter((key) => key.startsWith('batch_input_'));
    },

    /** All objects of the stack's own bucket for copies. */
    async stagedKeys(): Promise<string[]> {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: aws.outputs.StagingBucket }));
      return Contents.flatMap(({ Key }) => Key ?? []);
    },

    /** What the functions of the stack have printed so far, as far as it is JSON. */
    logged(): unknown[] {
      const folder = join(dataFolder, 'logs');
      const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
      return lines.filter((line) => line.startsWith('{')).map((line): unknown => JSON.parse(line));
    },

    /** Invokes a function of the stack as a person or a schedule would. */
    async invoke<Schema extends z.ZodType>(step: string, event: object, schema: Schema): Promise<z.output<Schema>> {
      const FunctionName = aws.functions[step];
      const { Payload } = await stack.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
      return schema.parse(JSON.parse(Buffer.from(Payload ?? []).toString()));
    },

    /** The types of all events in the histories of a run's jobs. */
    async jobEvents(executionArn: string): Promise<string[]> {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
      const mapRunArns = events.flatMap(({ mapRunStartedEventDetails }) => mapRunStartedEventDetails?.mapRunArn ?? []);
      const types: string[] = [];
      for (const mapRunArn of mapRunArns) {
        const { executions = [] } = await sfn.send(new ListExecutionsCommand({ mapRunArn }));
        for (const child of executions) {
          const pages = paginateGetExecutionHistory({ client: sfn }, { executionArn: child.executionArn });
          for await (const page of pages) types.push(...(page.events ?? []).map(({ type = '' }) => type));
        }
      }
      return types;
    },

    /** The functions that an execution and its jobs have invoked, each an ARN with its version. */
    async invokedVersions(executionArn: string): Promise<string[]> {
      const invoked = new Set<string>();
      const histories = [executionArn];
      for (const history of histories) {
        for await (const { events = [] } of paginateGetExecutionHistory({ client: sfn }, { executionArn: history })) {
          for (const { taskScheduledEventDetails: task, mapRunStartedEventDetails: mapRun } of events) {
            if (task?.parameters !== undefined) invoked.add(JSON.parse(task.parameters).FunctionName);
            if (mapRun === undefined) continue;
            const { executions = [] } = await sfn.send(new ListExecutionsCommand({ mapRunArn: mapRun.mapRunArn }));
            histories.push(...executions.flatMap((child) => child.executionArn ?? []));
          }
        }
      }
      return [...invoked];
    },

    /** Takes the ARN of a run's only job out of the table, as a crash between Create and writing it down would have. */
    async forgetBatchJobArn(runId: string): Promise<void> {
      const TableName = aws.tableName;
      const ofRun = { ':run': { S: `RUN#${runId}` }, ':job': { S: 'JOB#' } };
      const { Items = [] } = await dynamodb.send(
        new QueryCommand({
          ...{ TableName, ExpressionAttributeValues: ofRun },
          KeyConditionExpression: 'pk = :run AND begins_with(sk, :job)',
        }),
      );
      for (const { pk, sk, batchJobArn } of Items) {
        if (!pk || !sk || !batchJobArn) throw new Error(`The job of ${runId} has no batchJobArn that it could forget.`);
        await dynamodb.send(
          new UpdateItemCommand({ TableName, Key: { pk, sk }, UpdateExpression: 'REMOVE batchJobArn' }),
        );
      }
    },

    async start(request: unknown, name = `run-${++runs}`): Promise<string> {
      const input = JSON.stringify(request);
      const { executionArn = '' } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn: aws.stateMachineArn, name, input }),
      );
      return executionArn;
    },

    /** Waits until an execution has ended. */
    async ended(executionArn: string): Promise<EndedRun> {
      await endingOf(executionArn).promise;
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      const { name: runId = '', status = '', error, cause, output } = execution;
      const outcome = output === undefined ? undefined : outcomeSchema.parse(JSON.parse(output));
      return { runId, executionArn, status, error, cause, outcome };
    },

    async run(request: unknown, name?: string): Promise<EndedRun> {
      return stack.ended(await stack.start(request, name));
    },

    async close() {
      const testFile = basename(expect.getState().testPath ?? '');
      const seconds = (performance.now() - startedAt) / 1000;
      recordUse(inject('permissionsFolder'), { testFile, seconds, grants: aws.grants() });
      await aws.close();
      freePorts.unshift(Number(new URL(aws.endpoint).port));
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
  return stack;
}

/** The outcome of a run that must have one. */
export function outcomeOf(run: EndedRun): Outcome {
  if (run.outcome) return run.outcome;
  throw new Error(`Execution ${run.executionArn} ended ${run.status} without an outcome: ${run.error} ${run.cause}`);
}
