import * as z from 'zod';

/** How a run ended. */
export const runStatusSchema = z.enum([
  'Succeeded',
  'NothingToDo',
  'Planned',
  'PartlySucceeded',
  'Stopped',
  'Refused',
  'Failed',
]);
export type RunStatus = z.infer<typeof runStatusSchema>;
