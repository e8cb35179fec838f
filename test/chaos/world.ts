import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { RedriveExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import pMap from 'p-map';
import { models } from '../../lambdas/shared/domain/model/models.ts';
import { seededRandom } from '../../lib/cli/local/seeded-random.ts';
import { fastClock, type Turn } from '../../lib/local-aws/clock.ts';
import { startLocalAws } from '../../lib/local-aws/start.ts';
import { watchBedrock } from './bedrock-reads.ts';
import type { Draws } from './draws.ts';
import { createFaultsOf } from './faults.ts';
import { contentOf } from './media-pool.ts';
import { perModel } from './quotas.ts';
import { manifestKey } from './requests.ts';
import { createSandboxes } from './sandboxes.ts';

/** Before this nothing happens. */
const startAt = Date.parse('2026-11-02T10:00:00.250Z');
const hourMs = 3_600_000;
/** Three runs of three attempts with jobs of a day, one after the other, take no longer. */
const longestMs = 14 * 24 * hourMs;

export type World = Awaited<ReturnType<typeof liveThrough>>;

export interface WorldOptions {
  templateFile: string;
  dataFolder: string;
  tables: 'disk' | 'memory';
  port: number;
}

/** Lives through what a seed draws, to the end; the local AWS then stands still for its state to be read. */
export async function liveThrough(draws: Draws, { templateFile, dataFolder, tables, port }: WorldOptions) {
  const clock = fastClock(startAt);
  const history: string[] = [];
  const note = (...what: string[]) => void history.push([clock.now() - startAt, ...what].join(' '));
  const faults = createFaultsOf({
    ...{ chance: draws.chance, rates: draws.rates, note },
    flightOf: (userAgent) => sandboxes.flightOf(userAgent),
    endpoint: () => aws.endpoint,
  });
  const sandboxes = createSandboxes({ clock, onTakeOff: faults.onTakeOff });
  const bedrockReads = watchBedrock();
  let [open, begun, ids] = [0, 0, 0];
  let nothingOpen = Promise.withResolvers<void>();
  const random = seededRandom(draws.seed);
  const aws = await startLocalAws({
    ...{ models, templateFile, dataFolder, tables, port, clock, random },
    newId: () => `id-${draws.seed}-${++ids}`,
    startSandbox: sandboxes.startSandbox,
    intercept(request, serve) {
      bedrockReads.watch(request.http, request.response);
      return faults.intercept(request, serve);
    },
    ...{ scenario: ({ jobName }) => draws.scenario(jobName), events: draws.events, quotas: { perModel } },
    outlivesParent: () => draws.outlivesParent,
    onExecutionStatusChange: ({ name, status, error }) => {
      note('execution', name, status, error ?? '');
      open += status === 'RUNNING' ? 1 : -1;
      if (status === 'RUNNING') begun += 1;
      if (open > 0) return;
      nothingOpen.resolve();
      nothingOpen = Promise.withResolvers();
    },
  });
  const client = {
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const sfn = new SFNClient(client);
  const dynamodb = new DynamoDBClient(client);
  const bedrock = new BedrockClient(client);
  const lambda = new LambdaClient(client);

  const put = async (Key: string, Body: string | Buffer, ContentType = 'application/octet-stream') => {
    await s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key, Body, ContentType }));
  };
  const remove = async (Key: string) => {
    await s3.send(new DeleteObjectCommand({ Bucket: aws.bucket, Key }));
  };
  const putMedia = (key: string, content: number) => {
    const { body, contentType } = contentOf(content);
    return put(key, body, contentType);
  };
  /** An execution that is not there, or is not in a state for it, is left alone. */
  const lendAHand = async (run: string, does: 'stop' | 'redrive') => {
    const executionArn = `${aws.stateMachineArn.replace(':stateMachine:', ':execution:')}:${run}`;
    const command = does === 'stop' ? new StopExecutionCommand({ executionArn }) : undefined;
    const sent = command ? sfn.send(command) : sfn.send(new RedriveExecutionCommand({ executionArn }));
    const done = await sent.then(
      () => does,
      (error: Error) => error.name,
    );
    note('hand', run, does, done);
  };
  /** What people do, each in their own time. */
  const scripts: { atMs: number; act: () => Promise<unknown> }[] = [
    ...draws.runs.map(({ name, atMs, request }) => ({
      atMs,
      act: () =>
        sfn.send(
          new StartExecutionCommand({ stateMachineArn: aws.stateMachineArn, name, input: JSON.stringify(request) }),
        ),
    })),
    ...draws.foreignInputs.map(({ key, records, atMs }) => ({ atMs, act: () => put(key, foreignText(records)) })),
    ...draws.foreignInputs.flatMap(({ key, removedMs }) =>
      removedMs === undefined ? [] : { atMs: removedMs, act: () => remove(key) },
    ),
    ...draws.hands.map(({ run, does, atMs }) => ({ atMs, act: () => lendAHand(run, does) })),
    ...draws.changes.map(({ key, atMs, content }) => ({
      atMs,
      act: () => (content === undefined ? remove(key) : putMedia(key, content)),
    })),
  ];

  await clock.run(async (turn) => {
    await put(manifestKey, manifestText(draws.media), 'text/csv');
    await pMap(draws.media, ({ key, content }) => putMedia(key, content), { concurrency: 40 });
    const all = scripts.map(({ atMs, act }) =>
      clock.run(async (own) => {
        await own.sleep(startAt + atMs - clock.now());
        await act();
      }),
    );
    await turn.waitFor(Promise.all(all));
    await untilQuiet(turn);
    // What is left to be done is done on a good day.
    faults.stop();
    await untilQuiet(turn);
    await lambda.send(new InvokeCommand({ FunctionName: aws.functions['clean-up'] }));
    await turn.waitFor(sandboxes.landed());
  });

  /** No execution runs, none begins for an hour, and no run waits for one: unless that never comes. */
  async function untilQuiet(turn: Turn): Promise<void> {
    const latest = clock.now() + longestMs;
    for (let seen = -1; (seen !== begun || (await isRunOpen())) && clock.now() < latest; ) {
      const waiting = new AbortController();
      const tooLate = clock.sleep(latest - clock.now(), waiting).catch(() => undefined);
      while (open > 0 && clock.now() < latest) await turn.waitFor(Promise.race([nothingOpen.promise, tooLate]));
      waiting.abort();
      seen = begun;
      await turn.sleep(hourMs);
    }
  }

  async function isRunOpen(): Promise<boolean> {
    const { Count = 0 } = await dynamodb.send(
      new ScanCommand({
        TableName: aws.tableName,
        FilterExpression: 'sk = :run AND #status IN (:planning, :running)',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':run': { S: 'RUN' },
          ':planning': { S: 'Planning' },
          ':running': { S: 'Running' },
        },
      }),
    );
    return Count > 0;
  }

  return {
    ...{ draws, aws, s3, sfn, dynamodb, bedrock, history, startAt, inputReads: bedrockReads.reads },
    async close(): Promise<void> {
      for (const each of [s3, sfn, dynamodb, bedrock, lambda]) each.destroy();
      await aws.close();
    },
  };
}

/** The media of a bucket as a manifest. */
export function manifestText(media: readonly { key: string }[]): string {
  return ['key', ...media.map(({ key }) => `"${key}"`)].map((row) => `${row}\n`).join('');
}

/** Prebuilt records of somebody else. */
export function foreignText(records: number): string {
  const messages = [{ role: 'user', content: [{ text: 'Not ours.' }] }];
  const lines = Array.from({ length: records }, (_, at) => ({
    recordId: `foreignInput-${at}`,
    modelInput: { messages },
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
