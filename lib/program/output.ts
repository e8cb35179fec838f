import { once } from 'node:events';
import picocolors from 'picocolors';

/** One of the two streams that a command writes to. */
export interface Channel {
  write(text: string): void;
  /** A terminal gets colours and rewritten lines; a file or a pipe gets plain lines, and so does a terminal that can do no more. */
  isTerminal: boolean;
  /** Columns and rows of a terminal. */
  size(): { columns: number; rows: number };
  /** Waits until what was written is taken; false where nobody reads any more. */
  isRead(): Promise<boolean>;
}

/** Where a command writes: `out` is its answer, `err` is everything that is said on the way. */
export interface Output {
  out: Channel;
  err: Channel;
}

/** The output of this process. A reader that has gone away, as `head` does, ends nothing and breaks nothing. */
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

/** Colours for a channel; none where it is no terminal or the environment says `NO_COLOR`. */
export function colorsFor(channel: Channel) {
  return picocolors.createColors(channel.isTerminal && picocolors.isColorSupported);
}
