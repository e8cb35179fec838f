import { z } from 'zod';
import {
  requestOfTriggerSchema,
  triggerRequestExpected,
} from '../../../lambdas/shared/domain/request/trigger-request.ts';
import { readJson } from './json-setting.ts';

/** Reads a request that starts by itself, as JSON; what is wrong with it is said in the words that any request gets. */
export const triggerRequestSettingSchema = z.string().transform((text, context) => {
  const parsed = requestOfTriggerSchema.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  const custom = parsed.error.issues.find(({ code }) => code === 'custom');
  context.addIssue({
    code: 'custom',
    message: custom ? `${triggerRequestExpected} (${custom.message})` : triggerRequestExpected,
  });
  return z.NEVER;
});
