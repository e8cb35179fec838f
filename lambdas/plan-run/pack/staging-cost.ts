import type { Staging } from '../../shared/domain/plan/plan.ts';
import type { PackedJob } from './pack-jobs.ts';

/** USD in us-east-1, read in November 2026: https://aws.amazon.com/s3/pricing/ (S3 Standard, first 50 TB). */
const usdPerCopy = 0.005 / 1000;
const usdPerGbMonth = 0.023;
const hoursPerMonth = 30 * 24;

/** Returns the number, bytes and cost of a job's copies, if each stays until its job's timeout. */
export function stagingOf(jobs: readonly Pick<PackedJob, 'copies'>[], timeoutHours: number): Staging {
  let objects = 0;
  let bytes = 0;
  for (const { copies } of jobs) {
    objects += copies.objects;
    bytes += copies.bytes;
  }
  const months = timeoutHours / hoursPerMonth;
  return { objects, bytes, usd: objects * usdPerCopy + (bytes / 1e9) * usdPerGbMonth * months };
}
