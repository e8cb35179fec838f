import { resolveAnalyses } from '../../../lambdas/plan-run/request/resolve-analyses.ts';
import { runTable } from '../../../lambdas/shared/aws/dynamodb/run-table.ts';
import type { Analysis } from '../../../lambdas/shared/domain/analysis/analysis.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { planKey } from '../../../lambdas/shared/domain/keys.ts';
import { findModel } from '../../../lambdas/shared/domain/model/models.ts';
import type { PlannedRecord } from '../../../lambdas/shared/domain/plan/plan.ts';
import { aJob, aPlan, prefixes, startOfStory } from '../../support/factories.ts';
import type { SeededObject } from '../../support/seed-bucket.ts';
import type { Clients, Lane } from '../step.ts';

const modelId = 'us.amazon.nova-lite-v1:0';

/** The built-in `summary`, schema and all. */
export const summary = theSummary();

function theSummary(): Analysis {
  const found = findModel(modelId);
  const [analysis] = found === undefined ? [] : resolveAnalyses(['summary'], modelId, found.model, false);
  if (analysis === undefined) throw new Error('There is no built-in summary.');
  return analysis;
}

/** The media by their number, from 0: small enough that a bucket of a million is within what a job may read. */
export function mediaAt(number: number): { key: string; etag: string; bytes: number } {
  const folder = String(Math.floor(number / 1000)).padStart(4, '0');
  const key = `proxies/day-${folder}/clip-${String(number).padStart(7, '0')}.mp4`;
  return { key, etag: number.toString(16).padStart(32, '0'), bytes: 2000 };
}

/** Numbers from 0 up to a count, one after the other. */
export function* upTo(count: number): Generator<number> {
  for (let number = 0; number < count; number++) yield number;
}

/** A record's line in the list of its attempt. */
function listLine(number: number): string {
  const record: PlannedRecord = { ...mediaAt(number), analysis: summary.name };
  return `${JSON.stringify(record)}\n`;
}

/** The job of all records of a lane, as `Plan run` writes it down. */
export function jobOf({ size, bucket, runId }: Lane, overrides: Partial<Job> = {}): Job {
  const recordsBytes = [...upTo(size)].reduce((sum, number) => sum + Buffer.byteLength(listLine(number)), 0);
  return aJob({ runId, bucket, inputBucket: bucket, modelId, records: size, recordsBytes, ...overrides });
}

/** The plan of a lane's run and the list of its records. */
export function* plannedObjects(job: Job): Generator<SeededObject> {
  const plan = aPlan(job, { analyses: [summary], modelId });
  yield { key: planKey(prefixes, job.runId), body: JSON.stringify(plan) };
  yield { key: job.recordsKey, body: [...upTo(job.records)].map(listLine).join('') };
}

/** The job of a run, by its name: whoever is measured must not make the list of its records for that. */
export function jobNameOf(runId: string): string {
  return aJob({ runId }).jobName;
}

/** Writes a run and its job into the table. */
export async function seedJob(job: Job, { dynamodb, tableName }: Clients): Promise<void> {
  const table = runTable(dynamodb, tableName);
  const { runId } = job;
  const startedAt = new Date(startOfStory).toISOString();
  await table.createRun({
    runId,
    executionArns: [runId],
    status: 'Running',
    startedAt,
    requestJson: '{}',
    jobCount: 1,
  });
  await table.createJob(job);
}

/** Requests of an upload in parts, or in one: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
export function callsOfUpload(bytes: number): { put: number; post: number } {
  const parts = Math.ceil(bytes / (8 * 1024 * 1024));
  return parts <= 1 ? { put: 1, post: 0 } : { put: parts, post: 2 };
}

/** Requests that read so many bytes in pieces. */
export function callsOfReading(bytes: number): number {
  return Math.ceil(bytes / (8 * 1024 * 1024));
}
