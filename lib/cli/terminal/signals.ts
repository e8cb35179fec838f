/** A second signal within this time is the same one: npm forwards to its child what the terminal has sent to both. */
const sameSignalMs = 1000;

/** Where signals come from, and what ends the process. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): void;
  exit(): void;
  now(): number;
  /** Whether npm started the command. */
  isUnderNpm: boolean;
  /** Waits for this many milliseconds, or until the signal is aborted; never throws. */
  pause(ms: number, until: AbortSignal): Promise<void>;
}

/**
 * Handles the signals of a process: the first one interrupts the command, a further one ends the process unless it is
 * awaited.
 */
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
    // An awaited second signal may come sooner, unless npm doubles the first.
    const mayBeTheSame = isUnderNpm || awaited === undefined;
    if (mayBeTheSame && now() - interruptedAt < sameSignalMs) return;
    if (awaited === undefined || signal === 'SIGTERM') exit();
    else awaited.abort();
  }

  on('SIGINT', () => onSignal('SIGINT'));
  on('SIGTERM', () => onSignal('SIGTERM'));
  return {
    interrupted: interruption.signal,

    /** Interrupts the command because its parent is gone. */
    end(): void {
      mayAskAgain = false;
      interruption.abort(new Error('Interrupted by the end of the parent.'));
      awaited?.abort();
    },

    /** Waits for another Ctrl-C; false at once if the first signal was not Ctrl-C. */
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
