import { addAbortListener } from 'node:events';
import { setTimeout } from 'node:timers/promises';

/** The time of the local AWS. Services ask it and never the machine. Times are in milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Does work that takes no time on this clock, except while it sleeps or waits for others through its turn. */
  run<T>(work: (turn: Turn) => Promise<T>): Promise<T>;
  /** Resolves when `ms` have passed. A `background` sleep (a nightly schedule) never makes a fast clock move. */
  sleep(ms: number, options?: SleepOptions): Promise<void>;
}

/** What running work may do to let time pass. */
export interface Turn {
  sleep(ms: number, options?: SleepOptions): Promise<void>;
  /** Waits for other work; time may pass meanwhile. */
  waitFor<T>(others: Promise<T>): Promise<T>;
}

export interface SleepOptions {
  /** Ends the sleep early: its promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  background?: boolean;
}

/** A clock that jumps to the next sleeper as soon as no work is in flight: a week of polling takes seconds. */
export function fastClock(startAt: number): Clock {
  let now = startAt;
  let running = 0;
  let checkPending = false;
  const sleepers = new Set<{ due: number; background: boolean; wake(): void }>();

  /** After two turns of the event loop, so that code that was just woken or answered can start its work first. */
  function checkSoon() {
    if (checkPending) return;
    checkPending = true;
    setImmediate(() =>
      setImmediate(() => {
        checkPending = false;
        if (running === 0) advance();
      }),
    );
  }

  function advance() {
    const [first] = [...sleepers].sort((a, b) => a.due - b.due);
    const isAwaited = [...sleepers].some(({ background, due }) => !background && Number.isFinite(due));
    if (!first || !isAwaited) return;
    now = Math.max(now, first.due);
    // One at a time: the first may start something that is due before the second.
    sleepers.delete(first);
    first.wake();
    checkSoon();
  }

  async function sleep(ms: number, { signal, background = false }: SleepOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { due: now + Math.max(0, Math.ceil(ms)), background, wake: resolve };
    using _ = signal && addAbortListener(signal, () => reject(signal.reason));
    sleepers.add(sleeper);
    checkSoon();
    await promise.finally(() => sleepers.delete(sleeper));
  }

  function whileIdle<T>(waiting: Promise<T>): Promise<T> {
    running -= 1;
    checkSoon();
    return waiting.finally(() => {
      running += 1;
    });
  }

  return {
    now: () => now,
    sleep,
    async run(work) {
      running += 1;
      try {
        return await work({ sleep: (ms, options) => whileIdle(sleep(ms, options)), waitFor: whileIdle });
      } finally {
        running -= 1;
        checkSoon();
      }
    },
  };
}

/** The machine's clock, to watch a run at the pace of AWS. */
export function realClock(): Clock {
  // setTimeout fires at once beyond 24.8 days, so a longer sleep is taken in pieces.
  const maxTimerMs = 2 ** 31 - 1;
  async function sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
    const due = Date.now() + ms;
    signal?.throwIfAborted();
    for (let left = ms; left > 0; left = due - Date.now()) {
      // It rejects with an AbortError, not with the signal's reason.
      await setTimeout(Math.min(left, maxTimerMs), undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
  return {
    now: () => Date.now(),
    sleep,
    run: (work) => work({ sleep, waitFor: (others) => others }),
  };
}
