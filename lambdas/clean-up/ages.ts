import { jobFilesDays, unfinishedUploadDays } from '../shared/domain/waits.ts';

const hourMs = 60 * 60 * 1000;

/** A day, in milliseconds. */
export const dayMs = 24 * hourMs;

/** Age at which files that no job of the table wrote are removed. */
export const unknownMs = jobFilesDays * dayMs;

/** Age at which an unfinished upload is aborted. */
export const unfinishedMs = unfinishedUploadDays * dayMs;
