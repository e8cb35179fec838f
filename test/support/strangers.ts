import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { mediaHeaderSchema } from '../../lambdas/shared/domain/media/media-header.ts';

const folder = join(import.meta.dirname, 'strangers');

const strangerSchema = mediaHeaderSchema.pick({ format: true, otherFormat: true, missing: true, pixels: true }).extend({
  /** Its name in the folder: some files are here under several keys. */
  file: z.string(),
  /** What its owner calls it. */
  key: z.string(),
  /** As ffprobe says: of the container, or where that has none, of the packets. */
  seconds: z.number().positive().optional(),
  /** Whether the length of a video is to be read in its header; that of the others counts as unknown. */
  isLengthRead: z.boolean().optional(),
  /** How it is to be sent. */
  verdict: z.union([z.strictObject({ skipped: z.string() }), z.strictObject({ sendAs: z.string().optional() })]),
});

/** A file as other people have it, with what is true of it by another tool than ours. */
export type Stranger = z.infer<typeof strangerSchema>;

/** All of them; README.md in the folder says how each was made. */
export const strangers = z
  .array(strangerSchema)
  .readonly()
  .parse(JSON.parse(readFileSync(join(folder, 'strangers.json'), 'utf8')));

/** The content of one. */
export function contentOf({ file }: Pick<Stranger, 'file'>): Buffer {
  return readFileSync(join(folder, file));
}
