import { Duration } from 'aws-cdk-lib';
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { oldInputPrefix } from '../../../lambdas/shared/domain/keys.ts';
import { jobFilesDays, unfinishedUploadDays } from '../../../lambdas/shared/domain/waits.ts';

/**
 * Days on top of the retention after which S3 itself removes outputs and runs. Lifecycle rules cannot ask whether a run is live, and
 * one that waits for others, is stopped and resumed may need its plan for as long as its executions live, 90 days each: a year is
 * longer than any run has reason to take, and all this has to do is to end what no clean-up comes to any more.
 */
const spareDays = 365;

/** Days for which a version stays that a newer one or a delete marker hides. */
const hiddenDays = 30;

export interface LifecycleScope {
  outputPrefix: string;
  runsPrefix: string;
  stagingPrefix: string;
  retentionDays: number;
}

/**
 * What S3 itself removes in a bucket that the stack owns, should the nightly clean-up not run: by prefix and age, both of which are
 * ours alone. Never results, and no inputs at the root: a rule knows no pattern, and media may begin with `batch_input_` too. An expiry
 * in days also takes delete markers that hide nothing:
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
    // A killed upload of ours leaves parts that cost and that no listing shows.
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

/** What S3 itself removes in the bucket of staged jobs. */
export const stagingLifecycleRules: LifecycleRule[] = [
  {
    id: 'expire-what-is-left',
    expiration: Duration.days(jobFilesDays),
    // Nobody has switched versions on; should somebody, hidden copies would cost as much as the media.
    noncurrentVersionExpiration: Duration.days(1),
    abortIncompleteMultipartUploadAfter: Duration.days(1),
  },
];
