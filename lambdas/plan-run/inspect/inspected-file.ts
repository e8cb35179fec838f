import type { ByteRange } from '../../shared/domain/ports/media-store.ts';

/** A file of which a few kilobytes are read. */
export interface InspectedFile {
  size: number;
  /** The bytes from `from` up to, not with, `to`, which is at most `size`. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Bounds of one file. Most take one or two requests and 8 KB. */
const most = { requests: 32, bytes: 1024 * 1024, reads: 50_000 };

/** More is read than is needed, because what is beside it is needed next; still more where a file needs many pieces. */
const pieceBytes = (piece: number) => 4096 << Math.min(piece >> 1, 3);

/** The file needs more than its bounds to be understood. */
export class OutOfBounds extends Error {
  override readonly name = 'OutOfBounds';
}

/** A file that is read in pieces, none of them twice, and within bounds. */
export function inspectedFile(size: number, readPiece: (range: ByteRange) => Promise<Uint8Array>): InspectedFile {
  const pieces: { offset: number; bytes: Uint8Array }[] = [];
  let bytesRead = 0;
  let reads = 0;

  return {
    size,
    async read(from, to) {
      reads += 1;
      if (reads > most.reads) throw new OutOfBounds(`The file needs more than ${most.reads} reads.`);
      if (!(from >= 0 && to <= size)) throw new OutOfBounds(`The file of ${size} bytes has no bytes ${from} to ${to}.`);
      if (to <= from) return new Uint8Array();
      const held = pieces.findLast(({ offset, bytes }) => offset <= from && to <= offset + bytes.length);
      const { offset, bytes } = held ?? (await fetched(from, to));
      return bytes.subarray(from - offset, to - offset);
    },
  };

  async function fetched(from: number, to: number) {
    const bytes = Math.min(Math.max(to - from, pieceBytes(pieces.length)), size - from);
    bytesRead += bytes;
    if (pieces.length === most.requests || bytesRead > most.bytes) {
      throw new OutOfBounds(`The file needs more than ${most.requests} requests or ${most.bytes} bytes.`);
    }
    const piece = { offset: from, bytes: await readPiece({ offset: from, bytes }) };
    pieces.push(piece);
    return piece;
  }
}
