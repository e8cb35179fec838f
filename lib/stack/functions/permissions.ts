import { Stack } from 'aws-cdk-lib';
import { inputKeyOf, oldInputPrefix, requestErrorKey } from '../../../lambdas/shared/domain/keys.ts';
import { runEndedEvent } from '../../../lambdas/shared/domain/run/run-ended.ts';
import { openJobsIndex, openRunsIndex } from '../../../lambdas/shared/domain/table-indexes.ts';
import type { StepName } from '../../../lambdas/shared/runtime/environment.ts';
import { modelArnsOf, modelsWildcard } from './model-arns.ts';
import type { Permission } from './permission.ts';
import { type StepScope, statementsOf, write } from './statements.ts';

/** The permissions of each step's function, but those on executions, which are in `execution-rights.ts`. */
export function permissionsOf(scope: StepScope): Record<StepName, readonly Permission[]> {
  const { settings, storage, bedrockRole } = scope;
  const { outputPrefix, runsPrefix, resultsPrefix, stagingPrefix, requestsPrefix } = settings;
  const { table, index, objects, staged, onMedia, onBuckets, batchJobs, listBatchJobs, useMediaKey, useStagingKey } =
    statementsOf(scope);
  const inputs = inputKeyOf('*', 'root');
  const ofRuns = 'A run chooses the names below its prefix.';
  const ofInputs = 'An input carries the name of its job.';
  const ofInputsAndCopies = 'An input carries the name of its job, and its copies are in a folder of that name.';
  const ofMedia = 'Media are anywhere in the bucket; HeadObject and the source of a copy need GetObject.';
  const ofResults = 'Results are named after their media.';

  return {
    'plan-run': [
      onMedia('ListBucket'),
      objects(['GetObject'], ['*'], ofMedia),
      objects(write, [`${runsPrefix}*`], ofRuns),
      table('GetItem', 'PutItem', 'UpdateItem', 'Query', 'BatchGetItem'),
      ...useMediaKey,
    ],
    'prepare-job': [
      onMedia('ListBucket'),
      objects(['GetObject'], ['*'], ofMedia),
      objects(['DeleteObject', ...write], [inputs], ofInputs),
      objects(['PutObject'], [`${stagingPrefix}*`], ofInputsAndCopies),
      objects(write, [`${runsPrefix}*`], ofRuns),
      staged(...write),
      table('GetItem', 'PutItem', 'UpdateItem', 'BatchGetItem'),
      batchJobs('GetModelInvocationJob'),
      listBatchJobs,
      ...useMediaKey,
      ...useStagingKey,
    ],
    'start-job': [
      table('GetItem', 'UpdateItem'),
      {
        actions: ['bedrock:CreateModelInvocationJob'],
        resources: modelArnsOf(storage, settings.models),
        wildcard: modelsWildcard,
      },
      batchJobs('CreateModelInvocationJob', 'TagResource'),
      listBatchJobs,
      {
        actions: ['iam:PassRole'],
        resources: [bedrockRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'bedrock.amazonaws.com' } },
      },
    ],
    'poll-job': [table('GetItem', 'UpdateItem'), batchJobs('GetModelInvocationJob', 'StopModelInvocationJob')],
    'settle-job': [
      onBuckets('ListBucket'),
      objects(['DeleteObject'], [inputs, `${stagingPrefix}*`], ofInputsAndCopies),
      staged('DeleteObject'),
      table('GetItem', 'PutItem', 'UpdateItem'),
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
    ],
    'collect-results': [
      onMedia('ListBucket'),
      objects(
        ['GetObject'],
        [`${outputPrefix}*`, `${runsPrefix}*`],
        'Bedrock and the run choose the names below their prefixes.',
      ),
      objects(write, [`${runsPrefix}*`], ofRuns),
      objects(['PutObject'], [`${resultsPrefix}*`], ofResults),
      table('GetItem', 'UpdateItem'),
      ...useMediaKey,
    ],
    'report-run': [
      onMedia('ListBucket'),
      objects(['GetObject', ...write], [`${runsPrefix}*`], ofRuns),
      table('GetItem', 'UpdateItem', 'Query'),
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
      {
        actions: ['events:PutEvents'],
        resources: [Stack.of(storage).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
        // Otherwise it could send events in another's name:
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
        conditions: {
          StringEquals: { 'events:source': runEndedEvent.source, 'events:detail-type': runEndedEvent.detailType },
        },
      },
      ...useMediaKey,
    ],
    'recover-runs': [
      table('GetItem', 'UpdateItem', 'Query'),
      index(openRunsIndex),
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
    ],
    'clean-up': [
      onBuckets('ListBucket', 'ListBucketMultipartUploads'),
      onMedia('GetBucketVersioning', 'ListBucketVersions'),
      objects(['GetObject'], [inputs, `${stagingPrefix}*`], ofInputsAndCopies),
      objects(
        ['DeleteObject', 'DeleteObjectVersion', 'AbortMultipartUpload'],
        [inputs, `${stagingPrefix}*`, `${outputPrefix}*`, `${runsPrefix}*`, `${oldInputPrefix}*`],
        'Jobs and runs choose the names of the objects that clean-up removes.',
      ),
      objects(['AbortMultipartUpload'], [`${resultsPrefix}*`], ofResults),
      staged('GetObject', 'DeleteObject', 'AbortMultipartUpload'),
      table('GetItem', 'PutItem', 'UpdateItem'),
      index(openJobsIndex),
      batchJobs('GetModelInvocationJob'),
      listBatchJobs,
      ...useMediaKey,
    ],
    'on-upload': [
      // Without it S3 answers 403 in place of 404 for a request that was removed:
      // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
      onMedia('ListBucket'),
      objects(['GetObject'], [`${requestsPrefix}*.json`], 'People choose the names of requests.'),
      objects(
        ['PutObject', 'DeleteObject'],
        [requestErrorKey(`${requestsPrefix}*.json`)],
        'The reason for a refusal is written beside its request.',
      ),
      table('GetItem', 'PutItem', 'UpdateItem'),
      ...useMediaKey,
    ],
    'on-schedule': [table('GetItem', 'PutItem', 'UpdateItem')],
    'on-destroy': [
      onBuckets('ListBucket'),
      objects(['GetObject', 'DeleteObject'], [inputs, `${stagingPrefix}*`], ofInputsAndCopies),
      staged('DeleteObject'),
      table('GetItem', 'PutItem', 'UpdateItem', 'Query'),
      index(openRunsIndex),
      batchJobs('GetModelInvocationJob', 'StopModelInvocationJob'),
      listBatchJobs,
      ...useMediaKey,
    ],
  };
}
