import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';

/** How jobs wait, over all open runs. */
export interface Waits {
  openRuns: number;
  /** 0 where none waits. */
  longestWaitMinutes: number;
  /** Owners of a root that others wait for, of whom nobody can say whether they live; a sentence each. */
  ownersNotJudged: string[];
}

export interface JudgeWaitsDependencies {
  table: Pick<RunTable, 'listOpenRuns' | 'listJobs' | 'getLock' | 'findJob'>;
  executions: Pick<Executions, 'describe'>;
  now(): number;
}

/**
 * Looks at the jobs that wait for a root or for a slot. Nobody takes a root from an owner that cannot be judged, so that its queue
 * wait until they give up, unless a person hears of it.
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

/** What `isProvenOver` of `job-liveness.ts` cannot know of an owner: its job is not in the table, or its execution is forgotten. */
async function whyNotJudged(bucket: string, { table, executions }: JudgeWaitsDependencies): Promise<string[]> {
  const owner = (await table.getLock(bucket))?.owner;
  if (owner === undefined) return [];
  const { runId, jobName, executionArn, since } = owner;
  const job = await table.findJob(owner);
  if (job?.phase === 'closed') return [];
  if (job !== undefined && (await executions.describe(executionArn)) !== undefined) return [];
  const unknown =
    job === undefined ? 'that job is not in the table' : `execution ${executionArn} is not known any more`;
  return [
    `Job ${jobName} of run ${runId} has the root of bucket ${bucket} since ${since} and cannot be judged, because ${unknown}; ` +
      'expected an owner that is known: make sure at Bedrock that the job is over and take the owner out of the lock.',
  ];
}
