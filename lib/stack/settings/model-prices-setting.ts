import { type ModelPrices, modelPricesSchema } from '../../../lambdas/shared/domain/model/pricing.ts';
import { jsonSetting } from './json-setting.ts';
import type { Problem } from './settings-checks.ts';

const expected =
  'JSON such as {"us.amazon.nova-lite-v1:0":{"input":0.00006,"output":0.00024}}, USD per 1,000 tokens on demand, more than 0';

/** Reads the prices that an account pays instead of the table's, as JSON by model ID. */
export const modelPricesSettingSchema = jsonSetting(modelPricesSchema, expected);

/** The first model whose price is given although the stack does not offer it: it would be taken for another's. */
export function modelPricesProblem(prices: ModelPrices, ids: readonly string[]): Problem {
  const id = Object.keys(prices).find((each) => !ids.includes(each));
  if (id === undefined) return undefined;
  return `The setting modelPrices names "${id}"; expected models of this stack, ${ids.join(', ')}: correct it or leave it out.`;
}
