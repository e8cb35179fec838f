import type { Conditions } from 'aws-cdk-lib/aws-iam';
import { oldInputPrefix } from '../../../lambdas/shared/domain/keys.ts';
import { runEndedEvent } from '../../../lambdas/shared/domain/run/run-ended.ts';
import type { StepName } from '../../../lambdas/shared/runtime/environment.ts';

/** One statement of a policy. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why a resource has a wildcard; needed where one has. */
  readonly wildcard?: string;
  readonly conditions?: Conditions;
}

/** What the steps' permissions are about; ARNs, and prefixes that end in a slash. */
export interface PermissionScope {
  readonly bucketArn: string;
  /** KMS keys of the two buckets, where they have one. */
  readonly bucketKeyArn?: string;
  readonly stagingKeyArn?: string;
  readonly stagingBucketArn: string;
  readonly outputPrefix: string;
  readonly runsPrefix: string;
  readonly resultsPrefix: string;
  readonly stagingPrefix: string;
  readonly requestsPrefix: string;
  readonly tableArn: string;
  readonly openJobsIndexArn: string;
  readonly openRunsIndexArn: string;
  readonly bedrockRoleArn: string;
  /** The account's default bus. */
  readonly eventBusArn: string;
  /** `model-invocation-job/*` of this account and Region. */
  readonly batchJobsArn: string;
  readonly modelArns: readonly string[];
  readonly modelsWildcard: string;
}

/** What each step's function may do, and nothing else; what concerns the machine's executions is in `run-machine.ts`. */
export function permissionsOf(scope: PermissionScope): Record<StepName, readonly Permission[]> {
  const { outputPrefix, runsPrefix, resultsPrefix, stagingPrefix, tableArn, batchJobsArn } = scope;
  const inputs = 'batch_input_*.jsonl';
  const table = (...actions: string[]): Permission => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [tableArn],
  });
  const objects = (actions: readonly string[], keys: readonly string[], wildcard: string): Permission => ({
    actions: actions.map((action) => `s3:${action}`),
    resources: keys.map((key) => `${scope.bucketArn}/${key}`),
    wildcard,
  });
  const batchJobs = (...actions: string[]): Permission => ({
    actions: actions.map((action) => `bedrock:${action}`),
    resources: [batchJobsArn],
    wildcard: 'Bedrock chooses the ID of a job when it is created.',
  });
  const staged = (...actions: string[]): Permission => ({
    actions: actions.map((action) => `s3:${action}`),
    resources: [`${scope.stagingBucketArn}/*`],
    wildcard: 'A staged job has a folder of its name in the staging bucket, and nothing else is in there.',
  });
  const list: Permission = { actions: ['s3:ListBucket'], resources: [scope.bucketArn] };
  const listBoth: Permission = { actions: ['s3:ListBucket'], resources: [scope.bucketArn, scope.stagingBucketArn] };
  const listBatchJobs: Permission = {
    actions: ['bedrock:ListModelInvocationJobs'],
    resources: ['*'],
    wildcard: 'ListModelInvocationJobs takes no resource.',
  };
  /** Of lists, which go up in parts. An upload that fails half-way is aborted, or its parts would stay. */
  const write = ['PutObject', 'AbortMultipartUpload'];
  const useKey = scope.bucketKeyArn
    ? [{ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [scope.bucketKeyArn] }]
    : [];
  const writeStaged = scope.stagingKeyArn
    ? [{ actions: ['kms:GenerateDataKey'], resources: [scope.stagingKeyArn] }]
    : [];
  const ofRuns = 'A run chooses the names below its prefix.';
  const ofInputs = 'An input carries the name of its job.';
  const ofInputsAndCopies = 'An input carries the name of its job, and its copies lie in a folder of that name.';
  const ofMedia = 'Media lie anywhere in the bucket; HeadObject and the source of a copy ask for GetObject.';

  return {
    'plan-run': [
      list,
      objects(['GetObject'], ['*'], ofMedia),
      objects(write, [`${runsPrefix}*`], ofRuns),
      table('GetItem', 'PutItem', 'UpdateItem', 'Query', 'BatchGetItem'),
      ...useKey,
    ],
    'prepare-job': [
      list,
      objects(['GetObject'], ['*'], ofMedia),
      objects(['DeleteObject', ...write], [inputs], ofInputs),
      objects(['PutObject'], [`${stagingPrefix}*`], ofInputsAndCopies),
      objects(write, [`${runsPrefix}*`], ofRuns),
      staged(...write),
      table('GetItem', 'PutItem', 'UpdateItem', 'BatchGetItem'),
      batchJobs('GetModelInvocationJob'),
      listBatchJobs,
      ...useKey,
      ...writeStaged,
    ],
    'start-job': [
      table('GetItem', 'UpdateItem'),
      { actions: ['bedrock:CreateModelInvocationJob'], resources: scope.modelArns, wildcard: scope.modelsWildcard },
      batchJobs('CreateModelInvocationJob', 'TagResource'),
      listBatchJobs,
      {
        actions: ['iam:PassRole'],
        resources: [scope.bedrockRoleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'bedrock.amazonaws.com' } },
      },
    ],
    'poll-job': [table('GetItem', 'UpdateItem'), batchJobs('GetModelInvocationJob', 'StopModelInvocationJob')],
    'settle-job': [
      listBoth,
      objects(['DeleteObject'], [inputs, `${stagingPrefix}*`], ofInputsAndCopies),
      staged('DeleteObject'),
      table('GetItem', 'PutItem', 'UpdateItem'),
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
    ],
    'collect-results': [
      list,
      objects(
        ['GetObject'],
        [`${outputPrefix}*`, `${runsPrefix}*`],
        'Bedrock and the run choose the names below their prefixes.',
      ),
      objects(write, [`${runsPrefix}*`], ofRuns),
      objects(['PutObject'], [`${resultsPrefix}*`], 'Results are named after their media.'),
      table('GetItem', 'UpdateItem'),
      ...useKey,
    ],
    'report-run': [
      list,
      objects(['GetObject', ...write], [`${runsPrefix}*`], ofRuns),
      table('GetItem', 'UpdateItem', 'Query'),
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
      {
        actions: ['events:PutEvents'],
        resources: [scope.eventBusArn],
        // Who can send other events could pretend to be somebody else: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
        conditions: {
          StringEquals: { 'events:source': runEndedEvent.source, 'events:detail-type': runEndedEvent.detailType },
        },
      },
      ...useKey,
    ],
    'recover-runs': [
      table('GetItem', 'UpdateItem', 'Query'),
      { actions: ['dynamodb:Query'], resources: [scope.openRunsIndexArn] },
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
    ],
    'clean-up': [
      {
        actions: ['s3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [scope.bucketArn, scope.stagingBucketArn],
      },
      { actions: ['s3:GetBucketVersioning', 's3:ListBucketVersions'], resources: [scope.bucketArn] },
      objects(['GetObject'], [inputs, `${stagingPrefix}*`], ofInputsAndCopies),
      objects(
        ['DeleteObject', 'DeleteObjectVersion', 'AbortMultipartUpload'],
        [inputs, `${stagingPrefix}*`, `${outputPrefix}*`, `${runsPrefix}*`, `${oldInputPrefix}*`],
        'What is old enough to go has the names that jobs and runs gave it.',
      ),
      objects(['AbortMultipartUpload'], [`${resultsPrefix}*`], 'Results are named after their media.'),
      staged('GetObject', 'DeleteObject', 'AbortMultipartUpload'),
      table('GetItem', 'PutItem', 'UpdateItem'),
      { actions: ['dynamodb:Query'], resources: [scope.openJobsIndexArn] },
      batchJobs('GetModelInvocationJob'),
      listBatchJobs,
      ...useKey,
    ],
    'on-upload': [
      // Without it S3 would not say that a request was removed: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
      list,
      objects(['GetObject'], [`${scope.requestsPrefix}*.json`], 'People choose the names of requests.'),
      objects(
        ['PutObject', 'DeleteObject'],
        [`${scope.requestsPrefix}*.json.error.txt`],
        'What is wrong with a request is said beside it.',
      ),
      table('GetItem', 'PutItem', 'UpdateItem'),
      ...useKey,
    ],
    'on-schedule': [table('GetItem', 'PutItem', 'UpdateItem')],
    'on-destroy': [
      listBoth,
      objects(['GetObject', 'DeleteObject'], [inputs, `${stagingPrefix}*`], ofInputsAndCopies),
      staged('DeleteObject'),
      table('GetItem', 'PutItem', 'UpdateItem', 'Query'),
      { actions: ['dynamodb:Query'], resources: [scope.openRunsIndexArn] },
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
      ...useKey,
    ],
  };
}
