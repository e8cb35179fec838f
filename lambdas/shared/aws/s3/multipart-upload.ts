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

/** Where an object is to lie, and what S3 is told of it. */
export interface UploadTarget {
  Bucket: string;
  Key: string;
  ContentType: string;
  Metadata?: Record<string, string>;
}

/** Parts that are sent at the same time: what is sent waits for the network, and each of them is held in memory. */
const partsAtOnce = 3;

/**
 * An upload in parts, in the order in which they are given; parts may be given before those before them have arrived. The object
 * appears when it is completed, or not at all. `Upload` of lib-storage cannot copy parts on the server, and of a stream it copies each
 * part in memory, which took as long as all else that is done to the input of a job.
 */
export function multipartUpload(s3: S3Client, target: UploadTarget) {
  const { Bucket, Key } = target;
  const parts: CompletedPart[] = [];
  const open = new Set<Promise<unknown>>();
  let begun: Promise<{ Bucket: string; Key: string; UploadId: string }> | undefined;

  return {
    /** Whether any was given; without one there is nothing to complete. */
    hasParts: (): boolean => parts.length > 0,

    putPart: (Body: Uint8Array): Promise<void> =>
      addPart(async (part) => s3.send(new UploadPartCommand({ ...part, Body }))),

    /** Adds a piece of another object, which stays on the server. */
    copyPart: (CopySource: string, CopySourceRange: string): Promise<void> =>
      addPart(async (part) => {
        const copied = await s3.send(new UploadPartCopyCommand({ ...part, CopySource, CopySourceRange }));
        return copied.CopyPartResult ?? {};
      }),

    async complete(): Promise<void> {
      await s3.send(new CompleteMultipartUploadCommand({ ...(await begin()), MultipartUpload: { Parts: parts } }));
    },

    /** The parts of an upload that is neither completed nor aborted would be paid for, unseen. */
    async abort(): Promise<void> {
      // A part that arrives after it would stay: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
      await Promise.allSettled(open);
      const upload = await begun?.catch(() => undefined);
      // Whatever made it fail is what matters; what is left here, the bucket's lifecycle rule or the clean-up removes.
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
    begun ??= s3
      // That which the SDK sends with each part: S3 refuses a part with another than its upload named, and the end of an upload without
      // those of its parts; of a copied part it gives it too: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyPartResult.html
      .send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }))
      .then(({ UploadId }) => {
        if (UploadId === undefined) throw new TypeError(`S3 began no upload of ${Key}, expected its ID.`);
        return { Bucket, Key, UploadId };
      });
    return begun;
  }
}

/**
 * Uploads parts as they come, several at a time, each as large as S3 takes one; a single one in one request. The object appears only
 * when the last part was given: whatever `parts` throws leaves none.
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
    // Not awaited: whoever gives the parts may wait for this upload to end before it ends itself.
    void parts.return(undefined).catch(() => undefined);
    await upload.abort();
    throw error;
  }

  async function* all(...given: Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* given;
    yield* parts;
  }
}
