import type { Role } from 'aws-cdk-lib/aws-iam';
import type { TableIndex } from '../../../lambdas/shared/domain/table-indexes.ts';
import type { Settings } from '../settings/settings.ts';
import type { Storage } from '../storage/storage.ts';
import { batchJobsArnOf } from './model-arns.ts';
import type { Permission } from './permission.ts';

/** The parts of a stack that its functions use. */
export interface StepScope {
  settings: Settings;
  storage: Storage;
  /** The role with which Bedrock reads media and writes output. */
  bedrockRole: Role;
}

/** Actions to write an object in parts; a failed upload is aborted, or its parts would stay. */
export const write = ['PutObject', 'AbortMultipartUpload'];

/** Returns makers of the statements that permissions consist of. */
export function statementsOf({ storage }: StepScope) {
  const { media, mediaKeyArn, staging, encryptionKey, runs } = storage;
  const of = (service: string, actions: readonly string[]) => actions.map((action) => `${service}:${action}`);
  const onKey = (keyArn: string | undefined, ...actions: string[]): Permission[] =>
    keyArn === undefined ? [] : [{ actions: of('kms', actions), resources: [keyArn] }];
  return {
    table: (...actions: string[]): Permission => ({ actions: of('dynamodb', actions), resources: [runs.tableArn] }),
    index: ({ name }: TableIndex): Permission => ({
      actions: ['dynamodb:Query'],
      resources: [`${runs.tableArn}/index/${name}`],
    }),
    objects: (actions: readonly string[], keys: readonly string[], wildcard: string): Permission => ({
      actions: of('s3', actions),
      resources: keys.map((key) => media.arnForObjects(key)),
      wildcard,
    }),
    staged: (...actions: string[]): Permission => ({
      actions: of('s3', actions),
      resources: [staging.arnForObjects('*')],
      wildcard: 'A staged job has a folder of its name in the staging bucket, and nothing else is in there.',
    }),
    onMedia: (...actions: string[]): Permission => ({ actions: of('s3', actions), resources: [media.bucketArn] }),
    onBuckets: (...actions: string[]): Permission => ({
      actions: of('s3', actions),
      resources: [media.bucketArn, staging.bucketArn],
    }),
    batchJobs: (...actions: string[]): Permission => ({
      actions: of('bedrock', actions),
      resources: [batchJobsArnOf(storage)],
      wildcard: 'Bedrock chooses the ID of a job when it is created.',
    }),
    listBatchJobs: {
      actions: ['bedrock:ListModelInvocationJobs'],
      resources: ['*'],
      wildcard: 'ListModelInvocationJobs takes no resource.',
    } satisfies Permission,
    useMediaKey: onKey(mediaKeyArn, 'Decrypt', 'GenerateDataKey'),
    useStagingKey: onKey(encryptionKey?.keyArn, 'GenerateDataKey'),
  };
}
