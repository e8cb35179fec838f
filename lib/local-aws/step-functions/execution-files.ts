import { z } from 'zod';

const event = z.looseObject({ id: z.number(), previousEventId: z.number(), timestamp: z.number(), type: z.string() });
const record = z.object({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  name: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT', 'PENDING_REDRIVE']),
  startDate: z.number(),
  stopDate: z.number().optional(),
  input: z.string(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  mapRunArn: z.string().optional(),
  redriveCount: z.number(),
  redriveDate: z.number().optional(),
});
/** The file of an execution: written when it starts, and with its history when it ends. */
export const executionFileSchema = z.object({ record, events: z.array(event) });

/** An event and an execution as the API shows them, except that their times are in ms. */
export type HistoryEvent = z.infer<typeof event>;
export type ExecutionRecord = z.infer<typeof record>;
export type ExecutionFile = z.infer<typeof executionFileSchema>;
