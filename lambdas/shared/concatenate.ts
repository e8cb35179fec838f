import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { inChunks } from './lines.ts';
import { objectPieces } from './object-pieces.ts';

/** A piece of the whole: text, lines, or an object of the same bucket with as many bytes as a listing shows. */
export type Piece = { text: string } | { lines: AsyncIterable<string> } | { key: string; bytes: number };

/** What a whole is put together from and to. */
export interface Concatenation {
  bucket: string;
  key: string;
  pieces: Iterable<Piece> | AsyncIterable<Piece>;
  contentType: string;
}

/** Every part but the last has at least 5 MiB, and a copied one at most 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minPartBytes = 5 * 1024 * 1024;
const maxPartBytes = 5 * 1024 * 1024 * 1024;

/**
 * Puts objects together to one, in their order: on the server where they are large enough for a part, else through memory, of
 * which a few times 5 MiB are needed at most. The whole appears at once, or not at all; S3 takes 10,000 parts, so it may have 50 GB.
 */
export async function concatenate(s3: S3Client, { bucket, key, pieces, contentType }: Concatenation): Promise<void> {
  const object = { Bucket: bucket, Key: key };
  const parts: { PartNumber: number; ETag?: string }[] = [];
  let uploadId: string | undefined;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  try {
    for await (const piece of pieces) {
      if ('text' in piece) await hold(Buffer.from(piece.text));
      else if ('lines' in piece) for await (const chunk of inChunks(piece.lines)) await hold(chunk);
      else await append(piece);
    }
    if (uploadId === undefined) {
      await s3.send(new PutObjectCommand({ ...object, Body: Buffer.concat(pending), ContentType: contentType }));
      return;
    }
    if (pendingBytes > 0) await uploadPending();
    const MultipartUpload = { Parts: parts };
    await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId: uploadId, MultipartUpload }));
  } catch (error) {
    // The parts of an upload that is neither completed nor aborted would be paid for, unseen.
    if (uploadId !== undefined) {
      await s3.send(new AbortMultipartUploadCommand({ ...object, UploadId: uploadId })).catch(() => undefined);
    }
    throw error;
  }

  async function append({ key: source, bytes }: { key: string; bytes: number }): Promise<void> {
    let at = 0;
    while (at < bytes) {
      const left = bytes - at;
      if (pendingBytes === 0 && left >= minPartBytes) {
        // Never so much that too little for a part of its own is left.
        const taken = left <= maxPartBytes ? left : maxPartBytes - minPartBytes;
        await copy(source, at, taken);
        at += taken;
        continue;
      }
      // Only as much as the part in hand lacks: what comes after it may be copied.
      const taken = Math.min(left, minPartBytes - pendingBytes);
      for await (const chunk of objectPieces(s3, bucket, source, { offset: at, bytes: taken })) await hold(chunk);
      at += taken;
    }
  }

  async function hold(chunk: Uint8Array): Promise<void> {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes >= minPartBytes) await uploadPending();
  }

  async function uploadPending(): Promise<void> {
    const PartNumber = parts.length + 1;
    const Body = Buffer.concat(pending);
    const part = { ...object, UploadId: await begin(), PartNumber, Body };
    const { ETag } = await s3.send(new UploadPartCommand(part));
    parts.push({ PartNumber, ETag });
    pending = [];
    pendingBytes = 0;
  }

  async function copy(source: string, offset: number, bytes: number): Promise<void> {
    const PartNumber = parts.length + 1;
    const { CopyPartResult } = await s3.send(
      new UploadPartCopyCommand({
        ...{ ...object, UploadId: await begin(), PartNumber },
        CopySource: `${bucket}/${source.split('/').map(encodeURIComponent).join('/')}`,
        CopySourceRange: `bytes=${offset}-${offset + bytes - 1}`,
      }),
    );
    parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
  }

  async function begin(): Promise<string> {
    if (uploadId !== undefined) return uploadId;
    const created = await s3.send(new CreateMultipartUploadCommand({ ...object, ContentType: contentType }));
    if (created.UploadId === undefined) throw new TypeError(`S3 began no upload of ${key}, expected its ID.`);
    uploadId = created.UploadId;
    return uploadId;
  }
}
