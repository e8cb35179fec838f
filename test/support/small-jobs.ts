import type { LocalAwsOptions } from '../../lib/local-aws/start.ts';
import { templateWith, templateWithoutRecovery } from './template.ts';

/** The default model's quotas, of which both the stack and Bedrock have the same. */
export interface SmallQuotas {
  minRecordsPerJob: number;
  maxRecordsPerJob?: number;
  maxJobBytes?: number;
}

/** A stack whose jobs are full with few records, and nothing that recoveries unless it is asked for. */
export function smallJobs(
  quotas: SmallQuotas,
  { recoveries = false }: { recoveries?: boolean } = {},
): Pick<LocalAwsOptions, 'templateFile' | 'quotas'> {
  const template = templateWith({ MODEL_QUOTAS: JSON.stringify({ 'us.amazon.nova-lite-v1:0': quotas }) });
  return { templateFile: recoveries ? template : templateWithoutRecovery(template), quotas };
}
