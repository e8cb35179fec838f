/** A second Ctrl-C within this time is the same one: npm hands on to its child what the terminal has told both. */
const sameSignalMs = 1000;

/** Where signals come from, and what ends the process. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): void;
  exit(): void;
  now(): number;
  /** Whether npm started the command. */
  isUnderNpm: boolean;
  /** Waits so many milliseconds, or until the signal is aborted; never throws. */
  pause(ms: number, until: AbortSignal): Promise<void>;
}

/** The signals of a process, in order: the first one interrupts what goes on, a further one ends the process unless it is awaited. */
export function watchSignals({ on, exit, now, isUnderNpm, pause }: SignalSource) {
  const interruption = new AbortController();
  let interruptedAt = 0;
  let mayAskAgain = false;
  let awaited: AbortController | undefined;

  function onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
    if (!interruption.signal.aborted) {
      interruptedAt = now();
      mayAskAgain = signal === 'SIGINT';
      interruption.abort(new Error(`Interrupted by ${signal}.`));
      return;
    }
    // A person who is told that a second one asks may be quicker, unless npm is there to double the first.
    const mayBeTheSame = isUnderNpm || awaited === undefined;
    if (mayBeTheSame && now() - interruptedAt < sameSignalMs) return;
    if (awaited === undefined || signal === 'SIGTERM') exit();
    else awaited.abort();
  }

  on('SIGINT', () => onSignal('SIGINT'));
  on('SIGTERM', () => onSignal('SIGTERM'));
  return {
    interrupted: interruption.signal,

    /** Ends what goes on because nobody watches any more: the one that started it is gone. */
    end(): void {
      mayAskAgain = false;
      interruption.abort(new Error('Interrupted by the end of the parent.'));
      awaited?.abort();
    },

    /** Whether Ctrl-C comes once more within so many milliseconds; never after another signal than Ctrl-C. */
    async interruptedAgain(withinMs: number): Promise<boolean> {
      if (!mayAskAgain) return false;
      awaited = new AbortController();
      await pause(withinMs, awaited.signal);
      const { aborted } = awaited.signal;
      awaited = undefined;
      return aborted && mayAskAgain;
    },
  };
}
