import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { concurrentWrites } from '../../../lambdas/collect-results/work-through.ts';
import { resultKey } from '../../../lambdas/shared/domain/keys.ts';
import { collectResultsSchema } from '../../../lambdas/shared/domain/state.ts';
import { outputOf } from '../../support/completed-job.ts';
import { aCreateRequest, prefixes } from '../../support/factories.ts';
import type { Lane, MeasuredStep } from '../step.ts';
import {
  callsOfReading,
  callsOfUpload,
  jobNameOf,
  jobOf,
  mediaAt,
  plannedObjects,
  seedJob,
  summary,
  upTo,
} from './given.ts';
import { inputLine } from './prepare.ts';

/** An answer of 2 KB that matches the schema of the built-in summary. */
const text = JSON.stringify({
  title: 'A harbour in the morning',
  summary: 'Boats leave the harbour one after the other while gulls circle above the quay. '.repeat(20),
  setting: 'A small harbour, early in the morning, in low and warm light',
  topics: ['harbour', 'boats', 'gulls', 'morning'],
  filming: 'A wide shot, slow pan to the left. '.repeat(4),
});

/** A line of the run's list has the answer as its text, as JSON, and what it was and cost beside it. */
const listLineLength = JSON.stringify({ text, json: JSON.parse(text) }).length + 200;

function collectedJob(lane: Lane) {
  const job = jobOf(lane, { status: 'Completed', batchJobArn: 'arn:job', phase: 'closed', endedAt: endOfJob });
  return { ...job, createRequest: aCreateRequest(job) };
}
const endOfJob = '2026-11-02T10:00:00.000Z';

function outputLines(lane: Lane): string[] {
  const job = jobOf(lane);
  const usage = { inputTokens: 1000, outputTokens: 500, totalTokens: 1500 };
  const message = { role: 'assistant', content: [{ text }] };
  const modelOutput = JSON.stringify({ output: { message }, stopReason: 'end_turn', usage });
  // Bedrock gives the input back with the answer.
  return [...upTo(lane.size)].map((number) => `${inputLine(job, number).slice(0, -2)},"modelOutput":${modelOutput}}\n`);
}

/** Collecting a job in which every record has an answer. */
export const collect: MeasuredStep = {
  load: () => import('../../../lambdas/collect-results/handler.ts'),
  limit: 1.3,
  floor: 'reading the output, JSON.parse per line, putting the same objects at the same concurrency',
  sizes: [1_000, 10_000, 100_000],
  quickSizes: [200],
  *objects(lane) {
    const job = collectedJob(lane);
    yield* plannedObjects(job);
    yield { key: outputOf(job), body: outputLines(lane).join('') };
  },
  seedTable: (lane, clients) => seedJob(collectedJob(lane), clients),
  event: ({ runId }) => ({ runId, jobName: jobNameOf(runId) }),
  isDone: (answer) => collectResultsSchema.parse(answer).checkpoint === undefined,

  async prepareFloor(lane, { s3 }) {
    const key = outputOf(collectedJob(lane));
    return async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: lane.bucket, Key: key }));
      if (!(Body instanceof Readable)) throw new Error('The output came without a stream.');
      await pMap(createInterface({ input: Body }), (line) => putResult(line, lane, s3), {
        concurrency: concurrentWrites,
      });
    };
  },

  leastCalls(lane) {
    const lines = outputLines(lane).reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    // Of the run's list, the answers for programs and for spreadsheets in parts that the report puts together.
    const resultsListParts = 2 * Math.ceil((lane.size * listLineLength) / (6 * 1024 * 1024));
    const { put, post } = callsOfUpload(lane.size * 150);
    return {
      's3 GET': 1 + callsOfReading(jobOf(lane).recordsBytes) + callsOfReading(lines),
      's3 LIST': 1,
      's3 PUT': lane.size + resultsListParts + put,
      's3 POST': post,
    };
  },
};

async function putResult(line: string, { bucket, runId }: Lane, s3: S3Client): Promise<void> {
  const { recordId, modelOutput } = JSON.parse(line);
  const { output, stopReason, usage } = modelOutput;
  const { jobName, jobHash, modelId } = resultFacts(runId);
  const { key, etag, bytes } = mediaAt(Number(recordId.slice(jobHash.length + 1)) - 1);
  const [{ text: answer }] = output.message.content;
  const result = {
    ...{ media: { bucket, key, kind: 'video', etag, bytes }, analysis: summary.name, fingerprint: summary.fingerprint },
    ...{ modelId, runId, jobName, batchJobArn: 'arn:job', recordId, answeredAt: endOfJob, json: JSON.parse(answer) },
    ...{ text: answer, stopReason, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, batchUsd: 0.0001 },
  };
  const body = { Body: `${JSON.stringify(result, null, 2)}\n`, ContentType: 'application/json' };
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: resultKey(prefixes, summary.name, key), ...body }));
}

const facts = new Map<string, ReturnType<typeof jobOf>>();
function resultFacts(runId: string): ReturnType<typeof jobOf> {
  const known = facts.get(runId) ?? jobOf({ runId, size: 1, bucket: 'any' });
  facts.set(runId, known);
  return known;
}
