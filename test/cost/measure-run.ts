import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { models } from '../../lambdas/shared/domain/model/models.ts';
import { outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import { fastClock } from '../../lib/local-aws/clock.ts';
import { startLocalAws } from '../../lib/local-aws/start.ts';
import { synthesize } from '../../lib/stack/synthesize.ts';
import { callCounter } from '../support/call-counts.ts';
import { clientOf } from '../support/client-of.ts';
import { uploadClips } from '../support/upload-clips.ts';
import { prices } from './prices.ts';

/** What a run takes on AWS besides tokens: each row is counted, and has a price. */
export interface RunCost {
  rows: readonly (readonly [what: string, count: number, usdEach: number])[];
  usd: number;
  polls: number;
  transitions: number;
  /** Of the execution with the most: one may have 25,000. */
  historyEvents: number;
}

/**
 * Runs one request through the deployed stack on a local AWS, each function in a process of its own, and counts what
 * AWS bills for.
 */
export async function measureRun(media: number, hours: number): Promise<RunCost> {
  const folder = mkdtempSync(join(tmpdir(), 'media-batch-cost-'));
  const dataFolder = join(folder, 'data');
  const { templateFile } = synthesize({ outFolder: join(folder, 'stack'), environment: {} });
  const calls = callCounter();
  const ended = Promise.withResolvers<void>();
  const aws = await startLocalAws({
    ...{ models, templateFile, dataFolder, clock: fastClock(Date.now()) },
    scenario: () => ({ inProgress: hours * 3600, perRecord: 0 }),
    intercept({ http }, serve) {
      calls.count(http);
      return serve(http);
    },
    onExecutionStatusChange: ({ status }) => {
      if (status !== 'RUNNING') ended.resolve();
    },
  });
  try {
    const connection = clientOf(aws);
    const [s3, states, dynamodb] = [
      new S3Client(connection),
      new SFNClient(connection),
      new DynamoDBClient(connection),
    ];
    await uploadClips(s3, aws.bucket, media, (number) => `proxies/${String(number).padStart(6, '0')}.mp4`, {
      // Each its own content, so that none is known from another; readers pass over what is behind a video's end.
      isEachItsOwn: true,
    });
    calls.take();
    const input = JSON.stringify({ media: { prefixes: ['proxies/'], newOnly: true }, analyses: ['summary'] });
    const { executionArn = '' } = await states.send(
      new StartExecutionCommand({ stateMachineArn: aws.stateMachineArn, name: 'cost', input }),
    );
    await ended.promise;
    const counts = calls.take();
    const sum = (...kinds: string[]) => kinds.reduce((total, kind) => total + (counts[kind] ?? 0), 0);
    const { output = '' } = await states.send(new DescribeExecutionCommand({ executionArn }));
    const { records } = outcomeSchema.parse(JSON.parse(output));
    if (records.succeeded !== media) throw new Error(`${records.succeeded} of ${media} records succeeded.`);

    const functions = functionsIn(dataFolder);
    const history = await historyOf(executionArn, states);
    const { ofRecords, largestKb } = await itemsIn(aws.tableName, dynamodb);
    // A record's own items are small, and each other write is taken for one of the largest item.
    const writeUnits = ofRecords + (sum('dynamodb PutItem', 'dynamodb UpdateItem') - ofRecords) * largestKb;
    const reads = sum('dynamodb GetItem', 'dynamodb Query') + 100 * sum('dynamodb BatchGetItem');
    const rows = [
      ['Step Functions transitions', history.transitions, prices.transition],
      ['Lambda invocations', functions.invocations, prices.invocation],
      ['Lambda GB-seconds (arm64)', functions.gbSeconds, prices.gbSecond],
      ['S3 PUT, COPY, POST, LIST', sum('s3 PUT', 's3 POST', 's3 LIST'), prices.s3Write],
      ['S3 GET, HEAD', sum('s3 GET', 's3 HEAD'), prices.s3Read],
      ['DynamoDB write units', writeUnits, prices.writeUnit],
      ['DynamoDB read units', reads, prices.readUnit],
      ['CloudWatch Logs, GB', functions.logBytes / 1e9, prices.logGb],
    ] as const;
    const usd = rows.reduce((total, [, count, price]) => total + count * price, 0);
    return { rows, usd, polls: sum('bedrock Get'), ...history };
  } finally {
    await aws.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * States that were entered, and tries of them, each of which is a transition; and the events of the longest history.
 */
async function historyOf(
  executionArn: string,
  client: SFNClient,
): Promise<{ transitions: number; historyEvents: number }> {
  let [transitions, own, longest] = [0, 0, 0];
  for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn })) {
    own += events.length;
    for (const { type = '', mapRunStartedEventDetails: map } of events) {
      if (type.endsWith('StateEntered') || type === 'TaskFailed') transitions += 1;
      if (map?.mapRunArn === undefined) continue;
      const { executions = [] } = await client.send(new ListExecutionsCommand({ mapRunArn: map.mapRunArn }));
      for (const child of executions) {
        const found = await historyOf(child.executionArn ?? '', client);
        transitions += found.transitions;
        longest = Math.max(longest, found.historyEvents);
      }
    }
  }
  return { transitions, historyEvents: Math.max(own, longest) };
}

/** What the functions were billed for, by the REPORT lines of their logs, and the bytes of those. */
function functionsIn(dataFolder: string): { invocations: number; gbSeconds: number; logBytes: number } {
  const total = { invocations: 0, gbSeconds: 0, logBytes: 0 };
  const logs = join(dataFolder, 'logs');
  for (const file of readdirSync(logs)) {
    total.logBytes += statSync(join(logs, file)).size;
    const reports = readFileSync(join(logs, file), 'utf8').matchAll(
      /^REPORT .*Duration: ([\d.]+) ms\tMemory Size: (\d+) MB/gm,
    );
    for (const [, ms, mib] of reports) {
      total.invocations += 1;
      total.gbSeconds += (Number(ms) / 1000) * (Number(mib) / 1024);
    }
  }
  return total;
}

/** Items that are a record's or its media's, and the kilobytes of the largest other one. */
async function itemsIn(TableName: string, client: DynamoDBClient): Promise<{ ofRecords: number; largestKb: number }> {
  let [ofRecords, largestKb] = [0, 1];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const item of Items) {
      if (/^(CLAIM|MEDIA)#/.test(item.pk?.S ?? '')) ofRecords += 1;
      else largestKb = Math.max(largestKb, Math.ceil(JSON.stringify(item).length / 1024));
    }
  }
  return { ofRecords, largestKb };
}
