import { jobFilesDays, unfinishedUploadDays } from '../shared/domain/waits.ts';

const hourMs = 60 * 60 * 1000;

/** A day, in milliseconds. */
export const dayMs = 24 * hourMs;

/** Age at which what no job of the table has written goes. */
export const unknownMs = jobFilesDays * dayMs;

/** Age at which an unfinished upload goes. */
export const unfinishedMs = unfinishedUploadDays * dayMs;
