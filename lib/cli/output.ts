import picocolors from 'picocolors';

/** One of the two streams that a command writes to. */
export interface Channel {
  write(text: string): void;
  /** A terminal gets colours and rewritten lines; a file or a pipe gets plain lines. */
  isTerminal: boolean;
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
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY === true };
}

/** Colours for a channel; none where it is no terminal or the environment says `NO_COLOR`. */
export function colorsFor(channel: Channel) {
  return picocolors.createColors(channel.isTerminal && picocolors.isColorSupported);
}
