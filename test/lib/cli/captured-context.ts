import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Context } from '../../../lib/program/context.ts';

/** A process that a test can read, interrupt and feed; its pauses take one turn of the event loop. */
export function capturedContext({
  environment = {},
  stdin = '',
  isTerminal = false,
  again = false,
  now = Date.now,
}: {
  environment?: Record<string, string>;
  stdin?: string;
  /** Both channels, and stdin. */
  isTerminal?: boolean;
  /** Ctrl-C is pressed a second time whenever that is waited for. */
  again?: boolean;
  now?: () => number;
} = {}) {
  const interruption = new AbortController();
  const written = { out: '', err: '' };
  const pauses: number[] = [];
  const channel = (name: 'out' | 'err') => ({
    write(text: string) {
      written[name] += text;
    },
    isTerminal,
    size: () => ({ columns: 100, rows: 12 }),
    isRead: async () => true,
  });
  const context: Context = {
    output: { out: channel('out'), err: channel('err') },
    environment,
    stdin: Object.assign(Readable.from([stdin]), isTerminal && { isTTY: true }),
    interrupted: interruption.signal,
    async pause(ms) {
      pauses.push(ms);
      await setImmediate();
    },
    interruptedAgain: async () => again,
    now,
  };
  return { context, written, pauses, interrupt: () => interruption.abort() };
}
