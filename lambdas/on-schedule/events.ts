import * as z from 'zod';
import { requestOfTriggerSchema } from '../shared/domain/request/trigger-request.ts';

/** The input of a schedule: which run to start, with which request. Names are those of the settings. */
export const onScheduleInputSchema = z.discriminatedUnion('start', [
  z.strictObject({
    start: z.literal('nightly'),
    request: requestOfTriggerSchema,
    /** When it was due; the same in every delivery. */
    scheduledTime: z.iso.datetime(),
  }),
  z.strictObject({
    start: z.literal('uploads'),
    request: requestOfTriggerSchema,
    quietMinutes: z.number().min(0),
    latestMinutes: z.number().min(0),
    /** The interval of this schedule. */
    everyMinutes: z.number().min(0),
  }),
]);
export type ScheduleInput = z.input<typeof onScheduleInputSchema>;

/** The run that was started, or why none was. */
export const onScheduleOutputSchema = z.strictObject({ runId: z.string().optional(), reason: z.string().optional() });
export type OnScheduleOutput = z.infer<typeof onScheduleOutputSchema>;
