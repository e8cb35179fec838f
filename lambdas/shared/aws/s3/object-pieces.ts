import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Throttled } from '../../domain/errors/errors.ts';
import type { ByteRange } from '../../domain/ports/media-store.ts';

/** Most job lists and ledgers are smaller and take one request. */
const pieceBytes = 8 * 1024 * 1024;

/**
 * Yields the bytes of an object, or of a range of it, in pieces. Each piece is read to its end before it is yielded,
 * because S3 resets a connection whose reader pauses for minutes.
 *
 * @throws {Throttled} if the object is replaced meanwhile
 */
export async function* objectPieces(
  s3: S3Client,
  bucket: string,
  key: string,
  { offset, bytes }: ByteRange = { offset: 0, bytes: Number.POSITIVE_INFINITY },
): AsyncGenerator<Uint8Array> {
  let at = offset;
  let end = offset + bytes;
  let etag: string | undefined;
  while (at < end) {
    const piece = await readPiece({ Bucket: bucket, Key: key, IfMatch: etag }, at, Math.min(at + pieceBytes, end));
    if (piece === undefined) return;
    etag = piece.etag;
    end = Math.min(end, piece.size);
    at += piece.bytes.length;
    yield piece.bytes;
  }

  async function readPiece(
    object: { Bucket: string; Key: string; IfMatch?: string },
    from: number,
    to: number,
  ): Promise<{ bytes: Uint8Array; etag?: string; size: number } | undefined> {
    try {
      const { Body, ContentLength, ContentRange, ETag } = await s3.send(
        new GetObjectCommand({ ...object, Range: `bytes=${from}-${to - 1}` }),
      );
      const read = await bytesOf(Body, ContentLength);
      // Such as `bytes 0-8388607/9000000`; without it, the answer is the whole object.
      return { bytes: read, etag: ETag, size: Number(ContentRange?.split('/')[1] ?? read.length) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // An empty object has no range: https://www.rfc-editor.org/rfc/rfc9110#name-416-range-not-satisfiable
      if (error.name === 'InvalidRange' && from === 0) return undefined;
      if (error.name !== 'PreconditionFailed') throw error;
      throw new Throttled(`Object ${key} was replaced while it was read: read it again.`, { cause: error });
    }
  }

  /** Into one buffer: the SDK joins copies of the chunks, so that a piece is in memory twice. */
  async function bytesOf(body: unknown, length: number | undefined): Promise<Uint8Array> {
    if (!(body instanceof Readable) || length === undefined)
      throw new TypeError(`S3 returned object ${key} without its bytes.`);
    const bytes = Buffer.allocUnsafe(length);
    let read = 0;
    for await (const chunk of body) {
      bytes.set(chunk, read);
      read += chunk.length;
    }
    if (read === length) return bytes;
    throw new Throttled(`S3 returned ${read} bytes of object ${key}, expected ${length}: read it again.`);
  }
}
