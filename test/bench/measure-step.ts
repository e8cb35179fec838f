import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { CallCounts } from '../support/call-counts.ts';
import { seedBuckets } from '../support/seed-bucket.ts';
import { stepEnvironment } from '../support/step-environment.ts';
import { medianOf } from './median.ts';
import { runIn, startServer, type Usage, usageSchema } from './processes.ts';
import type { Clients, Lane, MeasuredStep } from './step.ts';

/** One size of a step, measured. */
export interface Measurement {
  name: string;
  size: number;
  repetitions: number;
  step: Omit<Usage, 'maxRssKib'>;
  floor: Omit<Usage, 'maxRssKib'>;
  /** The most memory above that of an idle process with the same loaded, in MiB. */
  peakMib: number;
  calls: CallCounts;
  leastCalls: CallCounts;
}

/** Where one run may be far off, several are made: the small ones end soon. */
function repetitionsOf({ sizes, repetitions = 1 }: MeasuredStep, size: number): number {
  if (size === sizes.at(-1)) return repetitions;
  return size <= 1_000 ? 5 : size <= 10_000 ? 3 : 1;
}

/**
 * Measures a step at a size: it and its floor take turns on one server, each time in a process and a lane of its own.
 *
 * @param workFile of `bundleWork`
 */
export async function measureStep(
  name: string,
  measured: MeasuredStep,
  size: number,
  workFile: string,
  repetitions = repetitionsOf(measured, size),
): Promise<Measurement> {
  const lanes = Array.from({ length: repetitions }, (_, at) => ({
    step: laneOf(size, `step-${at + 1}`),
    floor: laneOf(size, `floor-${at + 1}`),
  }));
  const dataFolder = mkdtempSync(join(tmpdir(), 'media-batch-bench-'));
  const all = lanes.flatMap(({ step, floor }) => [step, floor]);
  seedBuckets(
    dataFolder,
    all.map((lane) => [lane.bucket, measured.objects(lane)]),
  );
  const server = await startServer(dataFolder);
  try {
    const environment = {
      AWS_ENDPOINT_URL: server.endpoint,
      ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'anything' },
      ...stepEnvironment,
    };
    const clients = clientsOf(server.endpoint);
    for (const lane of all) await measured.seedTable(lane, clients);
    const run = (role: 'step' | 'floor' | 'idle', lane: Lane) =>
      runIn(workFile, {
        args: [name, role, JSON.stringify(lane)],
        environment: { ...environment, MEDIA_BUCKET: lane.bucket },
        schema: usageSchema,
      });
    const used: Record<'step' | 'floor' | 'idle', Usage[]> = { step: [], floor: [], idle: [] };
    let calls: CallCounts = {};
    for (const [at, lane] of lanes.entries()) {
      used.idle.push(await run('idle', lane.step));
      await server.takeCalls();
      // Whoever comes second finds a server that is warmer.
      for (const role of at % 2 === 0 ? (['step', 'floor'] as const) : (['floor', 'step'] as const)) {
        used[role].push(await run(role, lane[role]));
        const counted = await server.takeCalls();
        if (role === 'step') calls = counted;
      }
    }
    const peak = (role: 'step' | 'idle') => medianOf(used[role].map(({ maxRssKib }) => maxRssKib));
    return {
      ...{ name, size, repetitions, calls },
      step: timesOf(used.step),
      floor: timesOf(used.floor),
      peakMib: (peak('step') - peak('idle')) / 1024,
      leastCalls: measured.leastCalls(laneOf(size, 'step-1')),
    };
  } finally {
    await server.close();
  }
}

function laneOf(size: number, name: string): Lane {
  return { size, bucket: `bench-${name}`, runId: `bench-${name}` };
}

function clientsOf(endpoint: string): Clients {
  const connection = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'x' } };
  return {
    s3: new S3Client(connection),
    dynamodb: new DynamoDBClient(connection),
    tableName: stepEnvironment.TABLE_NAME,
  };
}

function timesOf(used: readonly Usage[]) {
  return { wallMs: medianOf(used.map(({ wallMs }) => wallMs)), cpuMs: medianOf(used.map(({ cpuMs }) => cpuMs)) };
}
