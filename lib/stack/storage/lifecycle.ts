import { Duration } from 'aws-cdk-lib';
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { oldInputPrefix } from '../../../lambdas/shared/domain/keys.ts';
import { jobFilesDays, unfinishedUploadDays } from '../../../lambdas/shared/domain/waits.ts';

/**
 * Days beyond the retention after which S3 itself removes outputs and runs. A rule cannot ask whether a run is live,
 * and a run that waits, is stopped and resumed needs its plan as long as its executions live, 90 days each; no run
 * takes a year.
 */
const spareDays = 365;

/** Days after which a version goes that a newer one or a delete marker hides. */
const hiddenDays = 30;

export interface LifecycleScope {
  outputPrefix: string;
  runsPrefix: string;
  stagingPrefix: string;
  retentionDays: number;
}

/**
 * Rules of a bucket that the stack owns, for nights without clean-up: S3 removes our files by prefix and age.
 *
 * Never results, and no inputs at the root: a rule has no pattern, and media may begin with `batch_input_` too. An
 * expiry in days also removes delete markers that hide nothing:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function lifecycleRulesOf(scope: LifecycleScope): LifecycleRule[] {
  const { outputPrefix, runsPrefix, stagingPrefix, retentionDays } = scope;
  const expire = (id: string, prefix: string, days: number): LifecycleRule => ({
    ...{ id, prefix, expiration: Duration.days(days) },
    noncurrentVersionExpiration: Duration.days(hiddenDays),
  });
  const runDays = retentionDays + spareDays;
  return [
    // An upload that was killed leaves parts that cost and that no listing shows.
    {
      id: 'abort-unfinished-uploads',
      abortIncompleteMultipartUploadAfter: Duration.days(unfinishedUploadDays),
    },
    expire('expire-copies', stagingPrefix, jobFilesDays),
    expire('expire-outputs', outputPrefix, runDays),
    expire('expire-runs', runsPrefix, runDays),
    expire('expire-old-inputs', oldInputPrefix, runDays),
  ];
}

/** Rules of the staging bucket. */
export const stagingLifecycleRules: LifecycleRule[] = [
  {
    id: 'expire-what-is-left',
    expiration: Duration.days(jobFilesDays),
    // Versions are off; if somebody turns them on, hidden copies would cost as much as the media.
    noncurrentVersionExpiration: Duration.days(1),
    abortIncompleteMultipartUploadAfter: Duration.days(1),
  },
];
