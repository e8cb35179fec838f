import type { EnvironmentOf, StepName } from '../../lambdas/shared/runtime/environment.ts';

/** Every variable that some step reads, each with a value that all of them take. */
export const stepEnvironment: Readonly<Record<{ [Step in StepName]: keyof EnvironmentOf<Step> }[StepName], string>> = {
  STACK_NAME: 'MediaBatch',
  TABLE_NAME: 'runs',
  MEDIA_BUCKET: 'media-bucket',
  STAGING_BUCKET: 'staging-bucket',
  OUTPUT_PREFIX: 'nova/batch/output/',
  RUNS_PREFIX: 'nova/batch/runs/',
  RESULTS_PREFIX: 'nova/batch/results/',
  STAGING_PREFIX: 'nova/batch/staging/',
  MODEL_IDS: 'us.amazon.nova-lite-v1:0',
  MODEL_QUOTAS: '{}',
  MODEL_PRICES: '{}',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:111122223333:stateMachine:Runs',
  BEDROCK_ROLE_ARN: 'arn:aws:iam::111122223333:role/Bedrock',
  OUTPUT_KEY_ARN: '',
  JOB_TAGS: '[]',
  RETENTION_DAYS: '30',
  REQUESTS_PREFIX: 'requests/',
  UPLOAD_PREFIXES: '[]',
};
