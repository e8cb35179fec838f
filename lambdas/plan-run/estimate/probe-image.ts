import { imageSize } from 'image-size';
import type { MediaFacts } from '../../shared/domain/model/tokens.ts';
import type { ProbedFile } from './probe-file.ts';

/** As much of a file as is read, and read again: what a camera writes before a JPEG's frame may have a preview in it. */
const headerBytes = [4 * 1024, 64 * 1024, 512 * 1024] as const;

/** As the library calls those that Bedrock takes. */
const types: ReadonlySet<string | undefined> = new Set(['png', 'jpg', 'gif', 'webp']);

/** Width and height of an image by its header, whatever its name says; undefined where it is none that Bedrock takes. */
export async function pixelsOf({ size, read }: ProbedFile): Promise<MediaFacts['pixels']> {
  for (const bytes of headerBytes) {
    const header = await read(0, Math.min(bytes, size));
    const found = sizeIn(header);
    if (found !== undefined) return types.has(found.type) ? { width: found.width, height: found.height } : undefined;
    const isJpeg = header[0] === 0xff && header[1] === 0xd8;
    if (!isJpeg || header.length === size) return undefined;
  }
  return undefined;
}

function sizeIn(header: Uint8Array): ReturnType<typeof imageSize> | undefined {
  try {
    return imageSize(header);
  } catch {
    // It throws for a header that is no image's, and for one that is not all there.
    return undefined;
  }
}
