import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Context } from '../../../lib/cli/context.ts';

/** A process that a test can read, interrupt and feed; its pauses take one turn of the event loop. */
export function capturedContext({
  environment = {},
  stdin = '',
  isTerminal = false,
}: {
  environment?: Record<string, string>;
  stdin?: string;
  isTerminal?: boolean;
} = {}) {
  const interruption = new AbortController();
  const written = { out: '', err: '' };
  const pauses: number[] = [];
  const channel = (name: 'out' | 'err') => ({
    write(text: string) {
      written[name] += text;
    },
    isTerminal,
  });
  const context: Context = {
    output: { out: channel('out'), err: channel('err') },
    environment,
    stdin: Readable.from([stdin]),
    interrupted: interruption.signal,
    async pause(ms) {
      pauses.push(ms);
      await setImmediate();
    },
  };
  return { context, written, pauses, interrupt: () => interruption.abort() };
}
