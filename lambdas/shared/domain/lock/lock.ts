import * as z from 'zod';
import { maxRetryDelaySeconds } from '../waits.ts';

/** A job that owns or requests the lock, and the child execution that works on it. */
const contenderSchema = z.object({
  runId: z.string(),
  jobName: z.string(),
  executionArn: z.string(),
  since: z.iso.datetime(),
});
export type Contender = z.infer<typeof contenderSchema>;

/** The right to have a `.jsonl` at the root of a media bucket: one owner at a time, first come first served. */
export const lockSchema = z.object({
  bucket: z.string(),
  /** Grows with every change, so that a change can be one conditional write. */
  version: z.int().min(1),
  /** Fencing number: grows with every owner, so that a late owner is recognised by its old number. */
  fence: z.int().min(0),
  owner: contenderSchema.optional(),
  queue: z.array(z.object({ ...contenderSchema.shape, seenAt: z.iso.datetime() })),
});
export type Lock = z.infer<typeof lockSchema>;

/** A contender that was not seen for three times its longest pause is gone and must not block the queue. */
const contenderGoneAfterMs = 3 * maxRetryDelaySeconds * 1000;

/** The result of a request for the lock. */
export type LockDecision =
  | { kind: 'owned'; fence: number }
  | { kind: 'taken'; fence: number; next: Lock }
  | { kind: 'waiting'; since: string; ahead: number; next: Lock };

/** Gives a contender the lock if it is first and the lock is free (or `ownerIsOver`), else a place in the queue. */
export function requestLock(
  lock: Lock | undefined,
  bucket: string,
  contender: Omit<Contender, 'since'>,
  nowMs: number,
  ownerIsOver: boolean,
): LockDecision {
  const now = new Date(nowMs).toISOString();
  const current: Lock = lock ?? { bucket, version: 0, fence: 0, queue: [] };
  if (current.owner && isSame(current.owner, contender)) {
    // The same job in a new execution (a resumed run, a redrive) stays the owner and gets a new fencing number.
    if (current.owner.executionArn === contender.executionArn) return { kind: 'owned', fence: current.fence };
    return take(current, { ...contender, since: current.owner.since });
  }
  const live = current.queue.filter(
    (queued) => isSame(queued, contender) || nowMs - Date.parse(queued.seenAt) < contenderGoneAfterMs,
  );
  const place = live.findIndex((queued) => isSame(queued, contender));
  const isFirst = place === 0 || (place < 0 && live.length === 0);
  if (isFirst && (current.owner === undefined || ownerIsOver)) {
    return take({ ...current, queue: live }, { ...contender, since: now });
  }
  const since = live[place]?.since ?? now;
  const me = { ...contender, since, seenAt: now };
  const queue = place < 0 ? [...live, me] : live.with(place, me);
  const ahead = (place < 0 ? live.length : place) + (current.owner ? 1 : 0);
  return { kind: 'waiting', since, ahead, next: { ...current, version: current.version + 1, queue } };
}

function take(current: Lock, owner: Contender): LockDecision {
  const fence = current.fence + 1;
  const queue = current.queue.filter((queued) => !isSame(queued, owner));
  return { kind: 'taken', fence, next: { ...current, version: current.version + 1, fence, owner, queue } };
}

/** Returns the lock without this job as owner or contender; undefined if it is neither. */
export function leaveLock(lock: Lock, job: { runId: string; jobName: string }): Lock | undefined {
  const isOwner = lock.owner !== undefined && isSame(lock.owner, job);
  const queue = lock.queue.filter((queued) => !isSame(queued, job));
  if (!isOwner && queue.length === lock.queue.length) return undefined;
  return { ...lock, version: lock.version + 1, owner: isOwner ? undefined : lock.owner, queue };
}

/** Returns whether a job still owns the lock under the fencing number that it wrote its input with. */
export function ownsLock(lock: Lock | undefined, job: { runId: string; jobName: string }, fence: number): boolean {
  return lock?.owner !== undefined && isSame(lock.owner, job) && lock.fence === fence;
}

function isSame(one: { runId: string; jobName: string }, other: { runId: string; jobName: string }): boolean {
  return one.runId === other.runId && one.jobName === other.jobName;
}
