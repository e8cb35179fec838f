import { type EnvironmentOf, environmentSchemas, type StepName } from '../../../lambdas/shared/runtime/environment.ts';
import { jobTagsOf } from '../settings/job-tags.ts';
import type { StepScope } from './statements.ts';

/** Every variable that a step reads, but the machine's ARN, which `execution-rights.ts` adds. */
type StepEnvironment = Omit<
  Record<{ [Step in StepName]: keyof EnvironmentOf<Step> }[StepName], string>,
  'STATE_MACHINE_ARN'
>;

/** Returns the variables that a step's schema names, and no others. */
export function environmentOf(step: StepName, { settings, storage, bedrockRole }: StepScope): Record<string, string> {
  const environment: StepEnvironment = {
    STACK_NAME: settings.stackName,
    TABLE_NAME: storage.runs.tableName,
    MEDIA_BUCKET: storage.media.bucketName,
    STAGING_BUCKET: storage.staging.bucketName,
    OUTPUT_PREFIX: settings.outputPrefix,
    RUNS_PREFIX: settings.runsPrefix,
    RESULTS_PREFIX: settings.resultsPrefix,
    STAGING_PREFIX: settings.stagingPrefix,
    REQUESTS_PREFIX: settings.requestsPrefix,
    UPLOAD_PREFIXES: JSON.stringify(settings.uploadPrefixes),
    MODEL_IDS: settings.models.join(','),
    MODEL_QUOTAS: JSON.stringify(settings.modelQuotas),
    MODEL_PRICES: JSON.stringify(settings.modelPrices),
    BEDROCK_ROLE_ARN: bedrockRole.roleArn,
    OUTPUT_KEY_ARN: storage.mediaKeyArn ?? '',
    JOB_TAGS: JSON.stringify(jobTagsOf(settings.stackName, settings.jobTags)),
    RETENTION_DAYS: String(settings.retentionDays),
  };
  const { shape } = environmentSchemas[step];
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name in shape));
}
