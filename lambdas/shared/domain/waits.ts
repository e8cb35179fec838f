import { maxPollingHours } from './job/next-poll.ts';
import { jobTimeoutHours } from './limits.ts';

/** How long things wait or stay, where the machine, S3's rules and the functions must agree; all ours. */

/** A waiting state tries again at least this often, so that a contender that is not seen for longer is gone. */
export const maxRetryDelaySeconds = 600;

/** Wait for a free job slot: the default timeout of the jobs that have the slots. */
export const slotWaitHours = jobTimeoutHours.default;

/** Wait for a job to stop; Bedrock names no limit. */
export const stopWaitHours = 24;

/** The longest life of a job, which may have the root all that time. */
export const maxJobHours = slotWaitHours + maxPollingHours + stopWaitHours;

/** Age at which inputs and copies that no job has written can go: longer than `maxJobHours`, 11.5 days. */
export const jobFilesDays = 14;

/** No upload takes this long: functions live for 15 minutes, and Bedrock writes a job's output at its end. */
export const unfinishedUploadDays = 7;

/** Executions of a run, by which it is resumed for two weeks. */
export const maxExecutions = 24;
