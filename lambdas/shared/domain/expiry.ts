const daySeconds = 24 * 3600;

/**
 * Days for which the table remembers what has ended and is not asked for any more: a year and a month let people look back. Which
 * file a run came of is asked when it ends, and what media are is cheap to find out again.
 */
const keptDays = { job: 370, run: 400, request: 400, media: 90 } as const;

/**
 * When DynamoDB may forget what ends or is written now, in seconds since 1970; a run after all its jobs, because a new run of its name
 * would find them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html says that items go within a few days.
 */
export function expiryOf(what: keyof typeof keptDays, nowMs: number): number {
  return Math.floor(nowMs / 1000) + keptDays[what] * daySeconds;
}
