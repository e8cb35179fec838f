import * as z from 'zod';
import { imageFormatSchema, videoFormatSchema } from './media.ts';

/** What the header of a file says about it, whatever its name says. A file that cannot be read has none. */
export const mediaHeaderSchema = z.object({
  /** The real format, where Bedrock takes it. */
  format: z.union([videoFormatSchema, imageFormatSchema]).optional(),
  /** What the file is instead, as words for people: `an AVI video`. */
  otherFormat: z.string().optional(),
  /** Reading it was ended by the bounds of time or memory: what the other fields do not say is not known. */
  isUnfinished: z.literal(true).optional(),
  /** Proof that a movie has nothing to show. */
  missing: z.enum(['movie', 'video track']).optional(),
  /** Length of a video; absent where the header does not say it. */
  seconds: z.number().positive().optional(),
  /** Size of an image. */
  pixels: z.object({ width: z.int().min(0), height: z.int().min(0) }).optional(),
});
export type MediaHeader = z.infer<typeof mediaHeaderSchema>;
