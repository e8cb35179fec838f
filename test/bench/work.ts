import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { aContext } from '../support/lambda-context.ts';
import type { Usage } from './processes.ts';
import { measuredSteps } from './steps/all.ts';

// One piece of work in a process of its own: `node work.ts plan step '{"size":1000,…}'`. As `step` the function as it
// runs on AWS, with the clients that its handler makes; as `floor` the least that has to be done; as `idle` nothing,
// with the same loaded.

const [name = '', role = '', laneJson = ''] = process.argv.slice(2);
const lane = z.object({ size: z.int(), bucket: z.string(), runId: z.string() }).parse(JSON.parse(laneJson));
const measured = measuredSteps[name];
if (measured === undefined) throw new Error(`There is no measured step ${name}.`);

process.send?.(role === 'floor' ? await usageOf(await floor()) : await usageOf(await step()));
process.disconnect();

async function floor(): Promise<() => Promise<unknown>> {
  const clients = { s3: new S3Client(), dynamodb: new DynamoDBClient(), tableName: process.env.TABLE_NAME ?? '' };
  return measured?.prepareFloor(lane, clients) ?? (async () => {});
}

async function step(): Promise<() => Promise<unknown>> {
  const loaded = await measured?.load();
  if (role === 'idle') return async () => {};
  const event = measured?.event(lane);
  return async () => {
    const answer: unknown = await loaded?.handler(event, aContext());
    if (measured?.isDone(answer, lane)) return;
    throw new Error(`${name} with ${laneJson} answered ${JSON.stringify(answer)}, expected the end of its work.`);
  };
}

async function usageOf(work: () => Promise<unknown>): Promise<Usage> {
  const cpuAtStart = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuAtStart);
  return { wallMs, cpuMs: (user + system) / 1000, maxRssKib: process.resourceUsage().maxRSS };
}
