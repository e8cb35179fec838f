import { describe, expect, it } from 'vitest';
import { fastClock, realClock } from '../../../lib/local-aws/clock.ts';

const start = Date.parse('2026-11-02T08:00:00Z');
const day = 24 * 3600 * 1000;

describe('a fast clock', () => {
  it('jumps to the end of a sleep without taking its time', async () => {
    const clock = fastClock(start);

    await clock.sleep(7 * day);

    expect(clock.now()).toBe(start + 7 * day);
  });

  it('wakes sleepers in the order of their times, not of their calls', async () => {
    const clock = fastClock(start);
    const woken: string[] = [];

    await Promise.all([
      clock.sleep(300).then(() => woken.push(`late at ${clock.now() - start}`)),
      clock.sleep(100).then(() => woken.push(`early at ${clock.now() - start}`)),
    ]);

    expect(woken).toEqual(['early at 100', 'late at 300']);
  });

  it('does not move while work is in flight', async () => {
    const clock = fastClock(start);
    let sawTime = 0;
    const sleeping = clock.sleep(1000);

    await clock.run(async () => {
      await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
      sawTime = clock.now();
    });
    await sleeping;

    expect(sawTime).toBe(start);
    expect(clock.now()).toBe(start + 1000);
  });

  it('moves on while its work sleeps, and lets what was woken first act before the next wakes', async () => {
    const clock = fastClock(start);
    const times: number[] = [];

    await Promise.all([
      clock.run(async (turn) => {
        await turn.sleep(100);
        times.push(clock.now() - start);
        await turn.sleep(50);
        times.push(clock.now() - start);
      }),
      clock.run(async (turn) => {
        await turn.sleep(200);
        times.push(clock.now() - start);
      }),
    ]);

    expect(times).toEqual([100, 150, 200]);
  });

  it('moves on while its work waits for other work', async () => {
    const clock = fastClock(start);

    const waited = await clock.run((turn) =>
      turn.waitFor(clock.run((child) => child.sleep(500)).then(() => clock.now())),
    );

    expect(waited).toBe(start + 500);
  });

  it('does not move for a background sleep alone, and wakes it when time passes it', async () => {
    const clock = fastClock(start);
    let nightly = 0;
    void clock.sleep(day, { background: true }).then(() => {
      nightly = clock.now();
    });

    await clock.sleep(100);
    expect(nightly).toBe(0);
    await clock.sleep(2 * day);

    expect(nightly).toBe(start + day);
  });

  it('ends a sleep early when it is aborted, with the reason', async () => {
    const clock = fastClock(start);
    const abort = new AbortController();
    const sleeping = clock.run((turn) => turn.sleep(day, { signal: abort.signal }));

    abort.abort(new Error('stopped'));

    await expect(sleeping).rejects.toThrow('stopped');
    expect(clock.now()).toBe(start);
  });

  it('refuses a sleep whose signal is aborted already', async () => {
    await expect(fastClock(start).sleep(1, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
  });
});

describe('a real clock', () => {
  it('has the time of the machine', () => {
    const before = Date.now();

    const now = realClock().now();

    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('ends a sleep of more than 24.8 days by its signal, not at once', async () => {
    const abort = new AbortController();
    const sleeping = realClock().sleep(40 * day, { signal: abort.signal });
    let ended = false;
    void sleeping
      .catch(() => undefined)
      .finally(() => {
        ended = true;
      });

    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(ended).toBe(false);
    abort.abort(new Error('enough'));

    await expect(sleeping).rejects.toThrow('enough');
  });
});
