import type { BatchJobs } from '../ports/batch-jobs.ts';
import { statusMeaning } from './bedrock-status.ts';
import type { Job } from './job.ts';

/**
 * Asks Bedrock to stop a job, also one whose ARN was not written; does nothing where it is over or was never created.
 */
export async function stopAtBedrock(job: Job, bedrock: Pick<BatchJobs, 'get' | 'findByName' | 'stop'>): Promise<void> {
  if (job.phase === 'closed' || job.createRequest === undefined) return;
  const arn = job.batchJobArn ?? (await bedrock.findByName(job.createRequest.jobName));
  if (arn === undefined) return;
  const { status } = await bedrock.get(arn);
  if (!statusMeaning[status].over && status !== 'Stopping') await bedrock.stop(arn);
}
