const daySeconds = 24 * 3600;

/**
 * Days for which the table keeps items that are no longer needed. Runs and jobs stay a year and a month, so that people
 * can look back; headers of media are cheap to read again.
 */
const keptDays = { job: 370, run: 400, request: 400, media: 90 } as const;

/**
 * Returns when DynamoDB may delete an item that ends now, in seconds since 1970. A run is deleted after its jobs,
 * because a new run of its name would find them. Items go within a few days:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export function expiryOf(what: keyof typeof keptDays, nowMs: number): number {
  return Math.floor(nowMs / 1000) + keptDays[what] * daySeconds;
}
