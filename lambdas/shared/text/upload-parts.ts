/** Every part but the last has at least 5 MiB, and a copied one at most 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const partLimits = { minBytes: 5 * 1024 * 1024, maxCopiedBytes: 5 * 1024 * 1024 * 1024 };

/** S3 takes 10,000 parts of an upload, so these reach 80 GB, far past a JSONL's gigabyte. */
const partBytes = 8 * 1024 * 1024;

/** What little there is to write needs no more. */
const firstBytes = 64 * 1024;

/** Of a UTF-16 unit in UTF-8. */
const maxBytesPerUnit = 3;

/**
 * Gathers texts and bytes into the parts of an upload, each as it comes into the part at hand: one long text of all lines would be
 * garbage that costs more than the upload. A part has about 8 MiB, never less than S3 takes, and more where a text is long.
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
    /** The parts that are full by now. */
    takeFull(): Buffer[] {
      const taken = full;
      full = [];
      return taken;
    },
    /** All that was not taken yet; nothing is added afterwards, because a part that is not full is the last of an upload. */
    takeAll(): Buffer[] {
      return used > 0 ? [...this.takeFull(), part.subarray(0, used)] : this.takeFull();
    },
    /** Begins anew in the same memory, when all that was taken has been sent. */
    clear(): void {
      full = [];
      used = 0;
    },
  };
}

export type PartBuffer = ReturnType<typeof partBuffer>;

/** Lines that are at hand, or come one after the other; or, where they are many, some at a time. */
export type Lines = Iterable<string> | AsyncIterable<string | readonly string[]>;

/** Lines in UTF-8, each with its `\n`, as the parts of an upload. */
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
