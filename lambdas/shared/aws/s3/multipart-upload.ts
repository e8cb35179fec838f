import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';

/** The key, type and metadata of a new object. */
export interface UploadTarget {
  Bucket: string;
  Key: string;
  ContentType: string;
  Metadata?: Record<string, string>;
}

/** Parts that are sent at once: sending waits for the network, and each part is in memory. */
const partsAtOnce = 3;

/**
 * Uploads an object in parts, in the order of the calls; a part may be added before earlier ones have arrived. The
 * object appears once it is completed.
 *
 * `Upload` of lib-storage cannot copy parts on the server, and it copies each part of a stream in memory, which took as
 * long as everything else that is done to the input of a job.
 */
export function multipartUpload(s3: S3Client, target: UploadTarget) {
  const { Bucket, Key } = target;
  const parts: CompletedPart[] = [];
  const open = new Set<Promise<unknown>>();
  let started: Promise<{ Bucket: string; Key: string; UploadId: string }> | undefined;

  return {
    /** Whether there is any part; without one there is nothing to complete. */
    hasParts: (): boolean => parts.length > 0,

    putPart: (Body: Uint8Array): Promise<void> =>
      addPart(async (part) => s3.send(new UploadPartCommand({ ...part, Body }))),

    /** Adds a piece of another object by a copy on the server. */
    copyPart: (CopySource: string, CopySourceRange: string): Promise<void> =>
      addPart(async (part) => {
        const copied = await s3.send(new UploadPartCopyCommand({ ...part, CopySource, CopySourceRange }));
        return copied.CopyPartResult ?? {};
      }),

    async complete(): Promise<void> {
      await s3.send(new CompleteMultipartUploadCommand({ ...(await begin()), MultipartUpload: { Parts: parts } }));
    },

    /** Aborts the upload; its parts would cost, and no object listing shows them. */
    async abort(): Promise<void> {
      // A part that arrives later would stay:
      // https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
      await Promise.allSettled(open);
      const upload = await started?.catch(() => undefined);
      // The first error matters; the lifecycle rule of the bucket or the clean-up removes parts that stay.
      if (upload !== undefined) await s3.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    },
  };

  async function addPart(
    send: (part: { Bucket: string; Key: string; UploadId: string; PartNumber: number }) => Promise<CompletedPart>,
  ): Promise<void> {
    const PartNumber = parts.length + 1;
    const part: CompletedPart = { PartNumber };
    parts.push(part);
    const sent = begin().then((upload) => send({ ...upload, PartNumber }));
    open.add(sent);
    try {
      const { ETag, ChecksumCRC32 } = await sent;
      Object.assign(part, { ETag, ChecksumCRC32 });
    } finally {
      open.delete(sent);
    }
  }

  function begin(): Promise<{ Bucket: string; Key: string; UploadId: string }> {
    started ??= s3
      // The checksum that the SDK sends with each part. S3 refuses a part with another one, and completes no upload
      // without those of its parts; for a copied part it returns one:
      // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyPartResult.html
      .send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }))
      .then(({ UploadId }) => {
        if (UploadId === undefined) throw new TypeError(`S3 returned no upload ID for ${Key}.`);
        return { Bucket, Key, UploadId };
      });
    return started;
  }
}

/**
 * Uploads parts as they come, several at once, each within S3's limits; a single part takes one request. The object
 * appears after the last part; it does not appear if `parts` throws.
 */
export async function uploadParts(
  s3: S3Client,
  target: UploadTarget,
  parts: AsyncGenerator<Uint8Array>,
): Promise<void> {
  const first = await parts.next();
  const second = first.done ? first : await parts.next();
  if (second.done) {
    await s3.send(new PutObjectCommand({ ...target, Body: first.done ? new Uint8Array() : first.value }));
    return;
  }
  const upload = multipartUpload(s3, target);
  try {
    await pMap(all(first.value, second.value), upload.putPart, { concurrency: partsAtOnce });
    await upload.complete();
  } catch (error) {
    // Not awaited: the producer of the parts may wait for this upload to end.
    void parts.return(undefined).catch(() => undefined);
    await upload.abort();
    throw error;
  }

  async function* all(...read: Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* read;
    yield* parts;
  }
}

/**
 * Returns the source of a copy, whose key is URL-encoded:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function copySourceOf(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
