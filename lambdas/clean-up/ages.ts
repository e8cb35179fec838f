const hourMs = 60 * 60 * 1000;

/** A day, in milliseconds. */
export const dayMs = 24 * hourMs;

/**
 * What no job of the table has written goes when it is older than any job can live: three days for a slot, 168 h by Bedrock's
 * longest timeout, 12 h in which it is overdue and a day to stop are 11.6 days.
 */
export const unknownMs = 14 * dayMs;

/** Nothing uploads an object for so long: our functions live for 15 minutes, and Bedrock writes a job's output at its end. */
export const unfinishedMs = 7 * dayMs;
