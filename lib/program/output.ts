import { once } from 'node:events';
import picocolors from 'picocolors';

/** One of the two streams that a command writes to. */
export interface Channel {
  write(text: string): void;
  /** Whether it takes colours and rewritten lines; a file, a pipe and a dumb terminal take plain lines. */
  isTerminal: boolean;
  /** Columns and rows of a terminal. */
  size(): { columns: number; rows: number };
  /** Waits until the written text was taken; false once the reader is gone. */
  isRead(): Promise<boolean>;
}

/** Where a command writes: its answer to `out`, everything else to `err`. */
export interface Output {
  out: Channel;
  err: Channel;
}

/** The output of this process. A reader that closes early, such as `head`, is no error. */
export function processOutput(): Output {
  return { out: channelOf(process.stdout), err: channelOf(process.stderr) };
}

function channelOf(stream: NodeJS.WriteStream): Channel {
  let isGone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isGone = true;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true && process.env.TERM !== 'dumb',
    // Some terminals say 0.
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    async isRead() {
      if (!isGone && stream.writableNeedDrain) await once(stream, 'drain').catch(() => undefined);
      return !isGone;
    },
  };
}

/** Colours for a channel; none without a terminal or with `NO_COLOR`. */
export function colorsFor(channel: Channel) {
  return picocolors.createColors(channel.isTerminal && picocolors.isColorSupported);
}
