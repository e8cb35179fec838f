import {
  findModel,
  type ModelQuotas,
  modelQuotasSchema,
  quotasOf,
} from '../../../lambdas/shared/domain/model/models.ts';
import { jsonSetting } from './json-setting.ts';
import type { Problem } from './settings-checks.ts';

const names = 'minRecordsPerJob, maxRecordsPerJob, maxRecordsPerFile, maxFileBytes, maxJobBytes and maxOpenJobs';
const expected = `JSON such as {"us.amazon.nova-lite-v1:0":{"maxOpenJobs":20}}, of ${names}, whole numbers from 1`;

/** Reads the quotas that an account has instead of the table's, as JSON by model ID. */
export const modelQuotasSettingSchema = jsonSetting(modelQuotasSchema, expected);

/** The first model whose quotas are given although the stack does not offer it, or whose quotas no job could keep. */
export function modelQuotasProblem(quotas: ModelQuotas, ids: readonly string[]): Problem {
  for (const id of Object.keys(quotas)) {
    const found = findModel(id);
    if (found === undefined || !ids.includes(id)) {
      const offered = ids.join(', ');
      return `The setting modelQuotas names "${id}"; expected models of this stack, ${offered}: correct it or leave it out.`;
    }
    const { minRecordsPerJob, maxRecordsPerJob, maxRecordsPerFile } = quotasOf(id, found.model, quotas);
    const most = Math.min(maxRecordsPerJob, maxRecordsPerFile);
    if (minRecordsPerJob <= most) continue;
    return (
      `The setting modelQuotas lets a job of ${id} have ${minRecordsPerJob} records at least and ${most} at most; expected ` +
      'no more at least than at most: correct one of them.'
    );
  }
  return undefined;
}
