import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const clipSchema = z
  .strictObject({
    /** Path below the sample media folder, which is also the object's key in a bucket. */
    key: z.string(),
    bytes: z.int().positive(),
    durationSeconds: z.number().positive(),
    width: z.int().positive(),
    height: z.int().positive(),
    container: z.enum(['mkv', 'mov', 'mp4', 'webm']),
    codec: z.enum(['h264', 'hevc', 'mpeg4', 'vp8', 'vp9']),
  })
  .readonly();

/** What ffprobe measured in one sample clip, so that tests have a truth that our own code did not compute. */
export type SampleClip = z.infer<typeof clipSchema>;

/** Absolute path of the folder with the sample clips and their list, `clips.json`. */
export const sampleMediaFolder = join(import.meta.dirname, 'media');

/** Every sample clip, sorted by key in byte order. */
export const sampleClips = z
  .array(clipSchema)
  .readonly()
  .parse(JSON.parse(readFileSync(join(sampleMediaFolder, 'clips.json'), 'utf8')));

/** Four clips of each folder: enough for most runs, and a tenth of the work. */
export const someClips: readonly SampleClip[] = ['proxies/', 'source_files/'].flatMap((folder) =>
  sampleClips.filter(({ key }) => key.startsWith(folder)).slice(0, 4),
);
