import * as z from 'zod';
import { parseRequest } from './request.ts';

/** A request that starts again and again by itself: over what is new under prefixes, and with a limit of its cost. */
const triggerRequestSchema = z.looseObject({
  media: z.looseObject({
    prefixes: z.array(z.string()).min(1),
    newOnly: z.literal(true).default(true),
    keys: z.undefined().optional(),
    manifest: z.undefined().optional(),
  }),
  maxCostUsd: z.number(),
  dryRun: z.literal(false).optional(),
});
export type RequestOfTrigger = z.output<typeof triggerRequestSchema>;

/** What a person should have written, for messages. */
export const triggerRequestExpected =
  'a request as JSON with "media" of "prefixes" and with "maxCostUsd", such as {"media":{"prefixes":["proxies/"]},"maxCostUsd":20}; ' +
  'it is over what is new only';

/** Reads the request of a trigger. A wrong one is refused with the sentence that any request gets. */
export const requestOfTriggerSchema = triggerRequestSchema.superRefine((request, context) => {
  const parsed = parseRequest(request);
  if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem });
});
