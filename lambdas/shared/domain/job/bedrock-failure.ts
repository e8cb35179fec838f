import { remedyFor } from '../errors/remedies.ts';
import type { BedrockJob } from '../ports/batch-jobs.ts';
import { statusMeaning } from './bedrock-status.ts';
import type { Job } from './job.ts';

/** Returns the records that Bedrock counts beyond those that were sent: a foreign `.jsonl` runs in the job. */
export function foreignRecordsIn({ prepared, records, paddingRecords }: Job, { counters }: BedrockJob): number {
  return counters.total - ((prepared?.sent ?? records) + paddingRecords);
}

/** Returns why a job does not complete, by Bedrock's state of it; the earlier failure where that says no more. */
export function failureFromBedrock(job: Job, seen: BedrockJob): Job['failure'] {
  const foreignRecords = foreignRecordsIn(job, seen);
  if (foreignRecords > 0) {
    const reason = `the bucket held a foreign .jsonl while the job read it (${foreignRecords} records more than were sent), so the job was stopped`;
    return { error: 'ForeignInput', reason };
  }
  if (job.stopRequested && seen.status === 'Stopped') {
    return { error: 'StopRequested', reason: 'the run was stopped by a user' };
  }
  if (!statusMeaning[seen.status].over || seen.status === 'Completed' || !seen.message) return job.failure;
  // A job that was stopped because a step gave it up already has that step's reason.
  if (seen.status === 'Stopped' && job.failure !== undefined) return job.failure;
  const remedy = seen.status === 'Failed' ? remedyFor(seen.status, seen.message) : undefined;
  const reason = remedy === undefined ? seen.message : `${seen.message.replace(/\.$/, '')}: ${remedy}.`;
  return { error: `Job${seen.status}`, reason };
}
