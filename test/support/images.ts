import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const imageSchema = z
  .strictObject({
    /** Path below the sample image folder, which is also the object's key in a bucket. */
    key: z.string(),
    bytes: z.int().positive(),
    width: z.int().positive(),
    height: z.int().positive(),
    format: z.enum(['png', 'jpeg', 'gif', 'webp']),
  })
  .readonly();

/** What ffprobe measured in one sample image, so that tests have a truth that our own code did not compute. */
export type SampleImage = z.infer<typeof imageSchema>;

/** Absolute path of the folder with the sample images and their list, `images.json`. */
export const sampleImageFolder = join(import.meta.dirname, 'images');

/** Every sample image, sorted by key in byte order. */
export const sampleImages = z
  .array(imageSchema)
  .readonly()
  .parse(JSON.parse(readFileSync(join(sampleImageFolder, 'images.json'), 'utf8')));
