import type * as z from 'zod';
import type { OnScheduleOutput, onScheduleInputSchema } from './events.ts';
import { type StartNightlyDependencies, startNightly } from './start-nightly.ts';
import { type StartUploadsDependencies, startUploads } from './start-uploads.ts';

export interface OnScheduleDependencies extends StartNightlyDependencies, StartUploadsDependencies {
  table: StartNightlyDependencies['table'] & StartUploadsDependencies['table'];
}

/** Starts the run that is due, if any. Safe to repeat. */
export async function onSchedule(
  input: z.output<typeof onScheduleInputSchema>,
  dependencies: OnScheduleDependencies,
): Promise<OnScheduleOutput> {
  return input.start === 'nightly' ? startNightly(input, dependencies) : startUploads(input, dependencies);
}
