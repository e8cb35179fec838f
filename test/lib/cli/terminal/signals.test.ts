import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchSignals } from '../../../../lib/cli/terminal/signals.ts';

/** The signals of a process whose keys a test presses; a pause lasts until it is ended. */
function process({ isUnderNpm = false } = {}) {
  const time = { nowMs: 0 };
  const listeners = new Map<string, () => void>();
  const exits: number[] = [];
  const pauses: { ms: number; end(): void }[] = [];
  const signals = watchSignals({
    on: (signal, listener) => void listeners.set(signal, listener),
    exit: () => exits.push(time.nowMs),
    now: () => time.nowMs,
    isUnderNpm,
    pause: (ms, until) =>
      new Promise<void>((resolve) => {
        pauses.push({ ms, end: resolve });
        until.addEventListener('abort', () => resolve());
      }),
  });
  return { time, exits, pauses, signals, press: (signal = 'SIGINT') => listeners.get(signal)?.() };
}

describe('the signals of a process', () => {
  it.each(['SIGINT', 'SIGTERM'])('interrupt the command: %s', (signal) => {
    const { press, signals, exits } = process();

    press(signal);

    expect(signals.interrupted.aborted).toBe(true);
    expect(signals.interrupted.reason).toEqual(new Error(`Interrupted by ${signal}.`));
    expect(exits).toEqual([]);
  });

  it('end the process at the second one, unless it is awaited', () => {
    const { press, exits, time } = process();

    press();
    press();
    expect(exits).toEqual([]);
    time.nowMs = 1000;
    press();

    expect(exits).toEqual([1000]);
  });

  it('count once when npm forwards one within a second, even if a second one is awaited', async () => {
    const { press, exits, time, signals, pauses } = process({ isUnderNpm: true });

    press();
    const again = signals.interruptedAgain(3000);
    time.nowMs = 999;
    press();
    pauses[0]?.end();

    expect(await again).toBe(false);
    expect(exits).toEqual([]);
  });

  it('report an awaited second Ctrl-C, and end the process at the next one', async () => {
    const { press, signals, exits, pauses, time } = process();
    press();

    const again = signals.interruptedAgain(3000);
    press();

    expect(await again).toBe(true);
    expect(pauses).toMatchObject([{ ms: 3000 }]);
    expect(exits).toEqual([]);
    time.nowMs = 1000;
    press();
    expect(exits).toHaveLength(1);
  });

  it('report that it did not come in time', async () => {
    const { press, signals, pauses } = process();
    press();

    const again = signals.interruptedAgain(3000);
    pauses[0]?.end();

    expect(await again).toBe(false);
  });

  it.each(['SIGTERM', 'the end of the parent'])('do not wait for a second Ctrl-C after %s', async (what) => {
    const { press, signals, pauses } = process();

    if (what === 'SIGTERM') press('SIGTERM');
    else signals.end();

    expect(await signals.interruptedAgain(3000)).toBe(false);
    expect(pauses).toEqual([]);
    expect(signals.interrupted.aborted).toBe(true);
  });

  it('stop waiting when the parent is gone, because the terminal is no longer theirs', async () => {
    const { press, signals } = process();
    press();
    const again = signals.interruptedAgain(3000);
    await setImmediate();

    signals.end();

    expect(await again).toBe(false);
  });
});
