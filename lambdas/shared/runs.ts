import * as z from 'zod';
import { runStatusSchema } from './state.ts';

/** A run as the table has it. */
export const runSchema = z.strictObject({
  runId: z.string(),
  executionArns: z.array(z.string()),
  status: z.union([z.enum(['Planning', 'Running']), runStatusSchema]),
  startedAt: z.string(),
  jobCount: z.int().min(0),
  reason: z.string().optional(),
});
export type Run = z.infer<typeof runSchema>;
