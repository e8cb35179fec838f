import { describe, expect, it } from 'vitest';
import {
  type Lock,
  leaveLock,
  lockSchema,
  ownsLock,
  requestLock,
} from '../../../../../lambdas/shared/domain/lock/lock.ts';
import { startOfStory } from '../../../../support/factories.ts';
import { seededRandom } from '../../../../support/seeded-random.ts';

const minute = 60_000;
const [a, b, c] = ['a', 'b', 'c'].map((name) => contender(name));

function contender(name: string, execution = '1') {
  return { runId: `run-${name}`, jobName: `job-${name}`, executionArn: `arn:${name}:${execution}` };
}

/** Asks, and gives the lock as it stands afterwards. */
function ask(lock: Lock | undefined, who = a ?? contender('a'), minutes = 0, ownerIsOver = false) {
  const decision = requestLock(lock, 'bucket', who, startOfStory + minutes * minute, ownerIsOver);
  const after = decision.kind === 'owned' ? lock : lockSchema.parse(decision.next);
  const ahead = decision.kind === 'waiting' ? decision.ahead : undefined;
  const fence = decision.kind === 'waiting' ? undefined : decision.fence;
  return { kind: decision.kind, ahead, fence, after };
}

describe('the lock', () => {
  it('goes to the first who asks', () => {
    const { kind, fence, after } = ask(undefined, a);

    expect([kind, fence]).toEqual(['taken', 1]);
    expect(after?.owner).toEqual({ ...a, since: '2026-11-02T09:00:00.000Z' });
  });

  it('is held on by its owner without a change', () => {
    const { after } = ask(undefined, a);

    expect(ask(after, a, 5)).toMatchObject({ kind: 'owned', fence: 1 });
  });

  it('lets everybody else wait, in the order in which they came', () => {
    const first = ask(undefined, a);
    const second = ask(first.after, b, 1);
    const third = ask(second.after, c, 2);

    expect([second.kind, second.ahead]).toEqual(['waiting', 1]);
    expect([third.kind, third.ahead]).toEqual(['waiting', 2]);
    expect(third.after?.queue.map(({ jobName }) => jobName)).toEqual(['job-b', 'job-c']);
  });

  it('goes to the one who waits longest when its owner leaves, whoever asks first then', () => {
    const waiting = ask(ask(ask(undefined, a).after, b).after, c).after;
    const left = waiting && leaveLock(waiting, a ?? contender('a'));

    const early = ask(left, c, 1);
    const first = ask(early.after, b, 2);

    expect([early.kind, early.ahead]).toEqual(['waiting', 1]);
    expect([first.kind, first.fence]).toEqual(['taken', 2]);
    expect(first.after?.queue.map(({ jobName }) => jobName)).toEqual(['job-c']);
  });

  it('does not let a newcomer past those who wait', () => {
    const waiting = ask(ask(undefined, a).after, b).after;
    const left = waiting && leaveLock(waiting, a ?? contender('a'));

    expect(ask(left, c, 1)).toMatchObject({ kind: 'waiting', ahead: 1 });
  });

  it('keeps the place and the time of arrival of a contender that asks again and again', () => {
    let lock = ask(ask(ask(undefined, a).after, b, 1).after, c, 2).after;
    for (let minutes = 10; minutes < 60; minutes += 10) lock = ask(ask(lock, c, minutes).after, b, minutes).after;

    expect(lock?.queue).toMatchObject([
      { jobName: 'job-b', since: '2026-11-02T09:01:00.000Z', seenAt: '2026-11-02T09:50:00.000Z' },
      { jobName: 'job-c', since: '2026-11-02T09:02:00.000Z', seenAt: '2026-11-02T09:50:00.000Z' },
    ]);
  });

  it.each([
    [29, 'waiting'],
    [30, 'taken'],
  ])('passes over a queued that was not seen for %i minutes: %s', (minutes, kind) => {
    const waiting = ask(ask(undefined, a).after, b, 0).after;
    const left = waiting && leaveLock(waiting, a ?? contender('a'));

    const asked = ask(left, c, minutes);

    expect(asked.kind).toBe(kind);
    expect(asked.after?.queue.some(({ jobName }) => jobName === 'job-b')).toBe(kind === 'waiting');
  });

  it('keeps the place of a contender that was away for hours, when it comes back before the others', () => {
    const waiting = ask(ask(ask(undefined, a).after, b, 0).after, c, 0).after;

    const back = ask(waiting, b, 600);

    expect([back.kind, back.ahead]).toEqual(['waiting', 1]);
    expect(back.after?.queue).toMatchObject([{ jobName: 'job-b', since: '2026-11-02T09:00:00.000Z' }]);
  });
});

describe('taking the lock over', () => {
  it('needs the proof that its owner is over', () => {
    const { after } = ask(undefined, a);

    expect(ask(after, b, 1000, false).kind).toBe('waiting');
    expect(ask(after, b, 1000, true)).toMatchObject({
      kind: 'taken',
      fence: 2,
      after: { owner: { jobName: 'job-b' } },
    });
  });

  it('is for the first contender alone', () => {
    const waiting = ask(ask(undefined, a).after, b).after;

    expect(ask(waiting, c, 1, true)).toMatchObject({ kind: 'waiting', ahead: 2 });
    expect(ask(waiting, b, 1, true).kind).toBe('taken');
  });

  it('by the same job under a new execution gives a new fencing number, so that the old execution is known as late', () => {
    const first = ask(undefined, a);
    const resumed = ask(first.after, contender('a', '2'), 7);

    expect(resumed).toMatchObject({ kind: 'taken', fence: 2, after: { owner: { executionArn: 'arn:a:2' } } });
    expect(resumed.after?.owner?.since).toBe('2026-11-02T09:00:00.000Z');
    expect(ownsLock(resumed.after, a ?? contender('a'), 1)).toBe(false);
    expect(ownsLock(resumed.after, a ?? contender('a'), 2)).toBe(true);
  });

  it('leaves no trace of the new owner among those who wait', () => {
    const waiting = ask(ask(undefined, a).after, b).after;
    const left = waiting && leaveLock(waiting, a ?? contender('a'));

    expect(ask(left, contender('b', '2'), 1).after).toMatchObject({ owner: { executionArn: 'arn:b:2' }, queue: [] });
  });
});

describe('leaving the lock', () => {
  it('as its owner lets the others stay', () => {
    const waiting = ask(ask(undefined, a).after, b).after;
    const left = waiting && leaveLock(waiting, a ?? contender('a'));

    expect(left).toMatchObject({ version: 3, fence: 1, queue: [{ jobName: 'job-b' }] });
    expect(left?.owner).toBeUndefined();
  });

  it('as a contender lets the owner stay', () => {
    const waiting = ask(ask(undefined, a).after, b).after;

    expect(waiting && leaveLock(waiting, b ?? contender('b'))).toMatchObject({ owner: a, queue: [] });
  });

  it('is no change for who is not in it, even with the same job name in another run', () => {
    const { after } = ask(undefined, a);

    expect(after && leaveLock(after, { runId: 'run-other', jobName: 'job-a' })).toBeUndefined();
    expect(after && leaveLock(after, { runId: 'run-a', jobName: 'job-other' })).toBeUndefined();
  });

  it('does not take the fencing number back', () => {
    const { after } = ask(undefined, a);
    const left = after && leaveLock(after, a ?? contender('a'));

    expect(ask(left, a, 1).fence).toBe(2);
    expect(ownsLock(left, a ?? contender('a'), 1)).toBe(false);
  });
});

describe('contenders that come, wait, die and leave in any order', () => {
  it.each(Array.from({ length: 40 }, (_, at) => at + 1))('never hold it both, with seed %i', (seed) => {
    const random = seededRandom(seed);
    const names = ['p', 'q', 'r', 's'];
    let lock: Lock | undefined;
    let nowMs = startOfStory;
    let highestFence = 0;
    const believers = new Map<string, number>();
    const dead = new Set<string>();
    const generation = new Map<string, number>();
    /** A contender reads the lock, and writes its change later, when others may have changed it. */
    const pending = new Map<string, { read: Lock | undefined; leaves: boolean; ownerIsOver: boolean }>();

    for (let step = 0; step < 400; step++) {
      nowMs += random.below(8) * minute;
      const name = names[random.below(names.length)] ?? 'p';
      const me = contender(name, String(generation.get(name) ?? 0));
      const begun = pending.get(name);
      if (begun === undefined) {
        if (!dead.has(name) && random.below(12) === 0) {
          // It dies: what it began is never finished, and whoever proves it may take over.
          dead.add(name);
        } else if (dead.has(name)) {
          if (random.below(4) > 0) continue;
          dead.delete(name);
          believers.delete(name);
          generation.set(name, (generation.get(name) ?? 0) + 1);
        } else {
          const owner = lock?.owner?.jobName.slice('job-'.length);
          const ownerIsOver = owner !== undefined && owner !== name && dead.has(owner);
          if (ownerIsOver && owner !== undefined) believers.delete(owner);
          pending.set(name, { read: lock, leaves: believers.has(name) && random.below(3) === 0, ownerIsOver });
        }
        continue;
      }
      pending.delete(name);
      const decision = begun.leaves ? undefined : requestLock(begun.read, 'bucket', me, nowMs, begun.ownerIsOver);
      const next = begun.leaves
        ? begun.read && leaveLock(begun.read, me)
        : decision?.kind !== 'owned' && decision?.next;
      const isWritten = Boolean(next) && lock?.version === begun.read?.version;
      if (next && isWritten) lock = lockSchema.parse(next);
      if (begun.leaves && isWritten) believers.delete(name);
      if (decision?.kind === 'taken' && isWritten) {
        expect(decision.fence).toBeGreaterThan(highestFence);
        highestFence = decision.fence;
        believers.set(name, decision.fence);
      }

      const holding = names.filter((who) => {
        const fence = believers.get(who);
        return fence !== undefined && ownsLock(lock, contender(who), fence);
      });
      expect(holding.length).toBeLessThanOrEqual(1);
      const alive = [...believers.keys()].filter((who) => !dead.has(who));
      expect(alive.length).toBeLessThanOrEqual(1);
      for (const who of alive) expect(lock?.owner?.jobName).toBe(`job-${who}`);
    }
    expect(highestFence, 'the lock changed hands').toBeGreaterThan(5);
  });
});
