import { z } from 'zod';
import { modelPricesSchema } from '../../../lambdas/shared/domain/model/cost.ts';
import { modelQuotasSchema } from '../../../lambdas/shared/domain/model/models.ts';
import {
  requestOfTriggerSchema,
  triggerRequestExpected,
} from '../../../lambdas/shared/domain/request/trigger-request.ts';
import { parseJson } from '../../../lambdas/shared/text/json-text.ts';

const quotaNames = 'minRecordsPerJob, maxRecordsPerJob, maxRecordsPerFile, maxFileBytes, maxJobBytes and maxOpenJobs';

/** Quotas of the account that differ from the table's, by model ID. */
export const modelQuotasSettingSchema = jsonSetting(
  modelQuotasSchema,
  `JSON such as {"us.amazon.nova-lite-v1:0":{"maxOpenJobs":20}}, of ${quotaNames}, whole numbers from 1`,
);

/** Prices of the account that differ from the table's, by model ID. */
export const modelPricesSettingSchema = jsonSetting(
  modelPricesSchema,
  'JSON such as {"us.amazon.nova-lite-v1:0":{"input":0.00006,"output":0.00024}}, USD per 1,000 tokens on demand, ' +
    'more than 0',
);

/** The request of a trigger. */
export const triggerRequestSettingSchema = jsonSetting(requestOfTriggerSchema, triggerRequestExpected);

/**
 * Reads a setting written as JSON. The message is the expected form, with the schema's own sentence if there is one.
 */
function jsonSetting<Schema extends z.ZodType>(schema: Schema, expected: string) {
  return z.string().transform((text, context): z.output<Schema> => {
    const json = parseJson(text);
    const parsed = schema.safeParse('value' in json ? json.value : undefined);
    if (parsed.success) return parsed.data;
    const custom = parsed.error.issues.find(({ code }) => code === 'custom');
    context.addIssue({ code: 'custom', message: custom ? `${expected} (${custom.message})` : expected });
    return z.NEVER;
  });
}
