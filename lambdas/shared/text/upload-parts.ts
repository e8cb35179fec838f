/** Limits of a part but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const partLimits = { minBytes: 5 * 1024 * 1024, maxCopiedBytes: 5 * 1024 * 1024 * 1024 };

/** S3 allows 10,000 parts, so these reach 80 GB, far more than the 1 GB of a JSONL. */
const partBytes = 8 * 1024 * 1024;

/** Enough for small objects. */
const firstBytes = 64 * 1024;

/** The most UTF-8 bytes of a UTF-16 unit. */
const maxBytesPerUnit = 3;

/**
 * Collects texts and bytes into the parts of an upload, because joining all lines into one text costs more than to
 * upload. A part has about 8 MiB, never less than S3 allows, and more if a text is long.
 */
export function partBuffer() {
  let full: Buffer[] = [];
  let part = Buffer.allocUnsafe(firstBytes);
  let used = 0;

  function makeRoom(bytes: number): void {
    if (used + bytes <= part.length) return;
    const written = part.subarray(0, used);
    if (used >= partLimits.minBytes) {
      full.push(written);
      part = Buffer.allocUnsafe(Math.max(partBytes, bytes));
      used = 0;
    } else {
      part = Buffer.allocUnsafe(Math.max(used + bytes, Math.min(4 * part.length, partBytes)));
      written.copy(part);
    }
  }

  return {
    add(piece: string | Uint8Array): void {
      if (typeof piece === 'string') {
        makeRoom(piece.length * maxBytesPerUnit);
        used += part.write(piece, used);
      } else {
        makeRoom(piece.length);
        part.set(piece, used);
        used += piece.length;
      }
    },
    /** Takes the full parts. */
    takeFull(): Buffer[] {
      const taken = full;
      full = [];
      return taken;
    },
    /** Takes all parts. Nothing may be added afterwards: a part that is not full is the last of an upload. */
    takeAll(): Buffer[] {
      return used > 0 ? [...this.takeFull(), part.subarray(0, used)] : this.takeFull();
    },
    /** Starts again in the same memory, once all taken parts have been sent. */
    clear(): void {
      full = [];
      used = 0;
    },
  };
}

export type PartBuffer = ReturnType<typeof partBuffer>;

/** Lines one by one, or in batches. */
export type Lines = Iterable<string> | AsyncIterable<string | readonly string[]>;

/** Yields lines in UTF-8, each with its `\n`, as the parts of an upload. */
export async function* inParts(lines: Lines): AsyncGenerator<Buffer> {
  const parts = partBuffer();
  for await (const next of lines) {
    for (const line of typeof next === 'string' ? [next] : next) {
      parts.add(line);
      parts.add('\n');
    }
    yield* parts.takeFull();
  }
  yield* parts.takeAll();
}
