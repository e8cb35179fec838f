import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';

/** How long jobs wait, over all open runs. */
export interface Waits {
  openRuns: number;
  /** 0 if no job waits. */
  longestWaitMinutes: number;
  /** A sentence for each lock owner that blocks other jobs and cannot be judged. */
  ownersNotJudged: string[];
}

export interface JudgeWaitsDependencies {
  table: Pick<RunTable, 'listOpenRuns' | 'listJobs' | 'getLock' | 'findJob'>;
  executions: Pick<Executions, 'describe'>;
  now(): number;
}

/**
 * Returns how long jobs wait for a root or a slot, and which lock owners block them and cannot be judged: their queue
 * waits until it times out, unless a user acts.
 */
export async function judgeWaits(dependencies: JudgeWaitsDependencies): Promise<Waits> {
  const { table, now } = dependencies;
  const runIds = await table.listOpenRuns();
  const buckets = new Set<string>();
  let longestMs = 0;
  for (const runId of runIds) {
    for (const { waiting, bucket, phase, collected } of await table.listJobs(runId)) {
      if (waiting === undefined || phase === 'closed' || collected !== undefined) continue;
      longestMs = Math.max(longestMs, now() - Date.parse(waiting.since));
      if (waiting.for === 'root') buckets.add(bucket);
    }
  }
  const ownersNotJudged: string[] = [];
  for (const bucket of buckets) ownersNotJudged.push(...(await whyNotJudged(bucket, dependencies)));
  return { openRuns: runIds.length, longestWaitMinutes: Math.floor(longestMs / 60_000), ownersNotJudged };
}

/** What `isProvenOver` cannot decide: the job is not in the table, or its execution is forgotten. */
async function whyNotJudged(bucket: string, { table, executions }: JudgeWaitsDependencies): Promise<string[]> {
  const owner = (await table.getLock(bucket))?.owner;
  if (owner === undefined) return [];
  const { runId, jobName, executionArn, since } = owner;
  const job = await table.findJob(owner);
  if (job?.phase === 'closed') return [];
  if (job !== undefined && (await executions.describe(executionArn)) !== undefined) return [];
  const unknown = job === undefined ? 'that job is not in the table' : `Step Functions has forgotten ${executionArn}`;
  return [
    `Job ${jobName} of run ${runId} has owned the lock of bucket ${bucket} since ${since} and cannot be judged, because ` +
      `${unknown}: make sure in Bedrock that the job is over, then remove the owner from the lock.`,
  ];
}
