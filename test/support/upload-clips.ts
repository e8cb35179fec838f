import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { sampleClips, sampleMediaFolder } from './clips.ts';

/**
 * Puts so many small videos into a bucket, by their numbers from 0; each with its own content, if that is asked for.
 */
export async function uploadClips(
  s3: S3Client,
  bucket: string,
  count: number,
  keyOf: (number: number) => string,
  { isEachItsOwn = false } = {},
): Promise<void> {
  const clips = sampleClips
    .filter(({ container }) => container === 'mp4')
    .map(({ key }) => readFileSync(join(sampleMediaFolder, key)));
  await pMap(
    Array.from({ length: count }, (_, number) => number),
    async (number) => {
      const clip = clips[number % clips.length] ?? Buffer.alloc(0);
      const Body = isEachItsOwn ? Buffer.concat([clip, Buffer.alloc(number)]) : clip;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(number), Body, ContentType: 'video/mp4' }));
    },
    { concurrency: 32 },
  );
}
