import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Piece } from '../../domain/ports/media-store.ts';
import { inParts, partLimits } from '../../text/upload-parts.ts';
import { copySourceOf, multipartUpload } from './multipart-upload.ts';
import { objectPieces } from './object-pieces.ts';

/** The pieces of a new object, in order, and its key. */
export interface Concatenation {
  bucket: string;
  key: string;
  pieces: Iterable<Piece> | AsyncIterable<Piece>;
  contentType: string;
}

const { minBytes, maxCopiedBytes } = partLimits;

/**
 * Joins pieces into one object: a large piece is copied on the server, a small one through memory, of which it needs a
 * few times 5 MiB. The object appears as a whole or not at all. S3 takes 10,000 parts, so it may have 50 GB.
 */
export async function concatenate(s3: S3Client, { bucket, key, pieces, contentType }: Concatenation): Promise<void> {
  const target = { Bucket: bucket, Key: key, ContentType: contentType };
  const upload = multipartUpload(s3, target);
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  try {
    for await (const piece of pieces) {
      if ('text' in piece) await hold(Buffer.from(piece.text));
      else if ('lines' in piece) for await (const chunk of inParts(piece.lines)) await hold(chunk);
      else await append(piece);
    }
    if (!upload.hasParts()) {
      await s3.send(new PutObjectCommand({ ...target, Body: Buffer.concat(pending) }));
      return;
    }
    if (pendingBytes > 0) await uploadPending();
    await upload.complete();
  } catch (error) {
    await upload.abort();
    throw error;
  }

  async function append({ key: source, bytes }: { key: string; bytes: number }): Promise<void> {
    let at = 0;
    while (at < bytes) {
      const left = bytes - at;
      if (pendingBytes === 0 && left >= minBytes) {
        // Leaves enough for a part of its own.
        const taken = left <= maxCopiedBytes ? left : maxCopiedBytes - minBytes;
        await copy(source, at, taken);
        at += taken;
        continue;
      }
      // Reads only what the current part lacks: the rest may be copied.
      const taken = Math.min(left, minBytes - pendingBytes);
      for await (const chunk of objectPieces(s3, bucket, source, { offset: at, bytes: taken })) await hold(chunk);
      at += taken;
    }
  }

  async function hold(chunk: Uint8Array): Promise<void> {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes >= minBytes) await uploadPending();
  }

  async function uploadPending(): Promise<void> {
    const body = Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    await upload.putPart(body);
  }

  async function copy(source: string, offset: number, bytes: number): Promise<void> {
    await upload.copyPart(copySourceOf(bucket, source), `bytes=${offset}-${offset + bytes - 1}`);
  }
}
