import * as z from 'zod';
import { parseRequest } from './request.ts';

/** A request that a trigger starts: over new media under prefixes, with a cost limit. */
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

/** The expected form, for messages. */
export const triggerRequestExpected =
  'a request as JSON for new media only, under "prefixes" and with "maxCostUsd", such as ' +
  '{"media":{"prefixes":["proxies/"]},"maxCostUsd":20}';

/** Reads the request of a trigger; an invalid one gets the sentence of `parseRequest`. */
export const requestOfTriggerSchema = triggerRequestSchema.superRefine((request, context) => {
  const parsed = parseRequest(request);
  if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem });
});
