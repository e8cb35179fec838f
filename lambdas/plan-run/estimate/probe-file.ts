import type { ByteRange } from '../../shared/domain/ports/media-store.ts';

/** A file that is looked into, a few kilobytes of it. */
export interface ProbedFile {
  size: number;
  /** The bytes from `from` up to, not with, `to`, which is at most `size`. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** More than is asked for: what stands beside it in a header is asked for next. */
const pieceBytes = 4096;

/** A file that needs more than this to be understood is not: most take one or two requests and 8 KB. */
const most = { requests: 32, bytes: 1024 * 1024, reads: 2000 };

/** The file cannot be read within its bounds, or at all. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** A file that is read in pieces, none of them twice. @param readPiece gives undefined where there is no such file any more */
export function probedFile(
  size: number,
  readPiece: (range: ByteRange) => Promise<Uint8Array | undefined>,
): ProbedFile & { failure(): unknown } {
  const pieces: { offset: number; bytes: Uint8Array }[] = [];
  let bytesRead = 0;
  let reads = 0;
  let failure: unknown;

  async function fetched(from: number, to: number) {
    const bytes = Math.min(Math.max(to - from, pieceBytes), size - from);
    bytesRead += bytes;
    if (pieces.length === most.requests || bytesRead > most.bytes) {
      throw new Unreadable(`The file needs more than ${most.requests} requests or ${most.bytes} bytes.`);
    }
    const piece = await readPiece({ offset: from, bytes }).catch((error: unknown) => {
      failure = error;
      throw error;
    });
    if (piece === undefined || piece.length < to - from) {
      failure = new Unreadable('The file is gone, has changed, or is not given out.');
      throw failure;
    }
    const held = { offset: from, bytes: piece };
    pieces.push(held);
    return held;
  }

  return {
    size,
    async read(from, to) {
      reads += 1;
      if (reads > most.reads) throw new Unreadable(`The file needs more than ${most.reads} reads.`);
      const held = pieces.find(({ offset, bytes }) => offset <= from && to <= offset + bytes.length);
      const { offset, bytes } = held ?? (await fetched(from, to));
      return bytes.subarray(from - offset, to - offset);
    },
    /** What went wrong in reading, whoever swallowed it; not that the file needs too much. */
    failure: () => failure,
  };
}
