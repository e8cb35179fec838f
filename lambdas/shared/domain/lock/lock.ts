import * as z from 'zod';

/** A job that has or wants the root of a bucket, and the child execution that works on it. */
const contenderSchema = z.object({
  runId: z.string(),
  jobName: z.string(),
  executionArn: z.string(),
  since: z.iso.datetime(),
});
export type Contender = z.infer<typeof contenderSchema>;

/**
 * The right to have a `.jsonl` at the root of a media bucket: one holder, first come first served. It is written as a whole, so
 * fields that another version has added are kept.
 */
export const leaseSchema = z.looseObject({
  bucket: z.string(),
  /** Grows with every change, so that a change is one conditional write. */
  version: z.int().min(1),
  /** Fencing number: grows with every holder, so that a late one is known by its old number. */
  fence: z.int().min(0),
  holder: contenderSchema.optional(),
  waiters: z.array(z.object({ ...contenderSchema.shape, seenAt: z.iso.datetime() })),
});
export type Lease = z.infer<typeof leaseSchema>;

/** A waiter asks at least every 600 s; one that was not seen for three times as long is gone and must not block the queue. */
const waiterGoneAfterMs = 3 * 600 * 1000;

/** What asking for the lease comes to. */
export type LeaseDecision =
  | { kind: 'held'; fence: number }
  | { kind: 'taken'; fence: number; next: Lease }
  | { kind: 'waiting'; since: string; ahead: number; next: Lease };

/**
 * Decides what a contender gets: the lease, if it is free (or `holderIsOver`) and nobody came earlier; else a place in the
 * queue, with the time it was last seen.
 */
export function askForLease(
  lease: Lease | undefined,
  bucket: string,
  contender: Omit<Contender, 'since'>,
  nowMs: number,
  holderIsOver: boolean,
): LeaseDecision {
  const now = new Date(nowMs).toISOString();
  const current: Lease = lease ?? { bucket, version: 0, fence: 0, waiters: [] };
  if (current.holder && isSame(current.holder, contender)) {
    // The same job under a new execution (a resumed run, a redrive) is the holder; it gets a new fencing number.
    if (current.holder.executionArn === contender.executionArn) return { kind: 'held', fence: current.fence };
    return take(current, { ...contender, since: current.holder.since });
  }
  const live = current.waiters.filter(
    (waiter) => isSame(waiter, contender) || nowMs - Date.parse(waiter.seenAt) < waiterGoneAfterMs,
  );
  const place = live.findIndex((waiter) => isSame(waiter, contender));
  const isFirst = place === 0 || (place < 0 && live.length === 0);
  if (isFirst && (current.holder === undefined || holderIsOver)) {
    return take({ ...current, waiters: live }, { ...contender, since: now });
  }
  const since = live[place]?.since ?? now;
  const me = { ...contender, since, seenAt: now };
  const waiters = place < 0 ? [...live, me] : live.with(place, me);
  const ahead = (place < 0 ? live.length : place) + (current.holder ? 1 : 0);
  return { kind: 'waiting', since, ahead, next: { ...current, version: current.version + 1, waiters } };
}

function take(current: Lease, holder: Contender): LeaseDecision {
  const fence = current.fence + 1;
  const waiters = current.waiters.filter((waiter) => !isSame(waiter, holder));
  return { kind: 'taken', fence, next: { ...current, version: current.version + 1, fence, holder, waiters } };
}

/** The lease without this job in it, as holder or waiter; undefined where it is in neither place. */
export function leaveLease(lease: Lease, job: { runId: string; jobName: string }): Lease | undefined {
  const holds = lease.holder !== undefined && isSame(lease.holder, job);
  const waiters = lease.waiters.filter((waiter) => !isSame(waiter, job));
  if (!holds && waiters.length === lease.waiters.length) return undefined;
  return { ...lease, version: lease.version + 1, holder: holds ? undefined : lease.holder, waiters };
}

/** Whether a job still holds the lease under the fencing number it wrote its input with. */
export function holdsLease(lease: Lease | undefined, job: { runId: string; jobName: string }, fence: number): boolean {
  return lease?.holder !== undefined && isSame(lease.holder, job) && lease.fence === fence;
}

function isSame(one: { runId: string; jobName: string }, other: { runId: string; jobName: string }): boolean {
  return one.runId === other.runId && one.jobName === other.jobName;
}
