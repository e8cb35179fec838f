import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import Table from 'cli-table3';
import pMap from 'p-map';
import { outcomeSchema } from '../../lambdas/shared/state.ts';
import { fastClock } from '../../lib/local-aws/clock.ts';
import { startLocalAws } from '../../lib/local-aws/start.ts';
import { synthesize } from '../../lib/stack/synthesize.ts';
import { callOf } from '../chaos/aws-call.ts';
import { sampleClips, sampleMediaFolder } from '../support/clips.ts';
import { prices } from './prices.ts';

// Runs one request through the deployed stack on a local AWS, each function in a process of its own, counts what AWS bills for
// besides tokens, and prices it: `npm run measure:cost -- --media 1000 --hours 6`.

const { values } = parseArgs({
  options: { media: { type: 'string', default: '1000' }, hours: { type: 'string', default: '6' } },
});
const media = Number(values.media);
const say = (line: string) => process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'media-batch-cost-'));
const dataFolder = join(folder, 'data');
const { templateFile } = synthesize({ outFolder: join(folder, 'stack'), environment: {} });
const counts = new Map<string, number>();
let isCounting = false;
const ended = Promise.withResolvers<void>();
const aws = await startLocalAws({
  ...{ templateFile, dataFolder, clock: fastClock(Date.now()) },
  scenario: () => ({ inProgress: Number(values.hours) * 3600, perRecord: 0 }),
  intercept({ http }, serve) {
    const { service, operation } = callOf(http);
    const isList = service === 's3' && operation === 'GET' && http.url?.includes('list-type=2');
    const kind = `${service} ${isList ? 'LIST' : operation}`;
    if (isCounting) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return serve(http);
  },
  onExecutionStatusChange: ({ status }) => {
    if (status !== 'RUNNING') ended.resolve();
  },
});
const client = { endpoint: aws.endpoint, region: aws.region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
const s3 = new S3Client(client);
const states = new SFNClient(client);
const dynamodb = new DynamoDBClient(client);

const sum = (...kinds: string[]) => kinds.reduce((total, kind) => total + (counts.get(kind) ?? 0), 0);

/** States that were entered, and tries of them: each is a transition. */
async function transitionsOf(executionArn: string): Promise<number> {
  let transitions = 0;
  for await (const { events = [] } of paginateGetExecutionHistory({ client: states }, { executionArn })) {
    for (const { type = '', mapRunStartedEventDetails: map } of events) {
      if (type.endsWith('StateEntered') || type === 'TaskFailed') transitions += 1;
      if (map?.mapRunArn === undefined) continue;
      const { executions = [] } = await states.send(new ListExecutionsCommand({ mapRunArn: map.mapRunArn }));
      for (const child of executions) transitions += await transitionsOf(child.executionArn ?? '');
    }
  }
  return transitions;
}

/** What the functions were billed for, by the REPORT lines of their logs, and the bytes of those. */
function functionsOf(): { invocations: number; gbSeconds: number; logBytes: number } {
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

/** Write units of all writes: a record's own items are small, and each other write is taken for one of the largest item. */
async function writeUnits(): Promise<number> {
  let [ofRecords, largestKb] = [0, 1];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: aws.tableName })) {
    for (const item of Items) {
      if (/^(CLAIM|MEDIA)#/.test(item.pk?.S ?? '')) ofRecords += 1;
      else largestKb = Math.max(largestKb, Math.ceil(JSON.stringify(item).length / 1024));
    }
  }
  return ofRecords + (sum('dynamodb PutItem', 'dynamodb UpdateItem') - ofRecords) * largestKb;
}

try {
  const clips = sampleClips
    .filter(({ container }) => container === 'mp4')
    .map(({ key }) => readFileSync(join(sampleMediaFolder, key)));
  await pMap(
    Array.from({ length: media }, (_, number) => number),
    (number) =>
      s3.send(
        new PutObjectCommand({
          ...{ Bucket: aws.bucket, Key: `proxies/${String(number).padStart(6, '0')}.mp4` },
          // Each its own content, so that none is known from another; readers pass over what is behind a video's end.
          ...{
            Body: Buffer.concat([...clips.slice(number % clips.length).slice(0, 1), Buffer.alloc(number)]),
            ContentType: 'video/mp4',
          },
        }),
      ),
    { concurrency: 16 },
  );
  isCounting = true;
  const input = JSON.stringify({ media: { prefixes: ['proxies/'], newOnly: true }, analyses: ['summary'] });
  const { executionArn = '' } = await states.send(
    new StartExecutionCommand({ stateMachineArn: aws.stateMachineArn, name: 'cost', input }),
  );
  await ended.promise;
  isCounting = false;
  const { output = '' } = await states.send(new DescribeExecutionCommand({ executionArn }));
  const { records } = outcomeSchema.parse(JSON.parse(output));
  if (records.succeeded !== media) throw new Error(`${records.succeeded} of ${media} records succeeded.`);

  const functions = functionsOf();
  const reads = sum('dynamodb GetItem', 'dynamodb Query') + 100 * sum('dynamodb BatchGetItem');
  const rows = [
    ['Step Functions transitions', await transitionsOf(executionArn), prices.transition],
    ['Lambda invocations', functions.invocations, prices.invocation],
    ['Lambda GB-seconds (arm64)', functions.gbSeconds, prices.gbSecond],
    ['S3 PUT, COPY, POST, LIST', sum('s3 PUT', 's3 POST', 's3 LIST'), prices.s3Write],
    ['S3 GET, HEAD', sum('s3 GET', 's3 HEAD'), prices.s3Read],
    ['DynamoDB write units', await writeUnits(), prices.writeUnit],
    ['DynamoDB read units', reads, prices.readUnit],
    ['CloudWatch Logs, GB', functions.logBytes / 1e9, prices.logGb],
  ] as const;
  const table = new Table({
    head: [`${media} media, a job of ${values.hours} h`, 'count', 'USD'],
    style: { head: [] },
  });
  for (const [what, count, price] of rows) {
    table.push([what, count < 10 ? count.toPrecision(2) : Math.round(count), (count * price).toFixed(6)]);
  }
  const usd = rows.reduce((total, [, count, price]) => total + count * price, 0);
  table.push(['together', '', usd.toFixed(6)], ['per 1,000 media', '', ((usd / media) * 1000).toFixed(6)]);
  say(table.toString());
} finally {
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
}
