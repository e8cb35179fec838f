const daySeconds = 24 * 3600;

/** Days for which the table remembers what has ended and is not asked for any more: a year and a month let people look back. */
const keptDays = { job: 370, run: 400 } as const;

/**
 * When DynamoDB may forget a job or a run that ends now, in seconds since 1970; a run after all its jobs, because a new run of its name
 * would find them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html says that items go within a few days.
 */
export function expiryOf(what: keyof typeof keptDays, nowMs: number): number {
  return Math.floor(nowMs / 1000) + keptDays[what] * daySeconds;
}
