import { imageSize } from 'image-size';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import type { InspectedFile } from './inspected-file.ts';

/** Bytes of a file that are read, and read again: a camera may write a preview before the frame of a JPEG. */
const headerBytes = [4 * 1024, 64 * 1024, 512 * 1024] as const;

/** Returns width and height of an image by its header; undefined where that does not say them. */
export async function pixelsOf({ size, read }: InspectedFile): Promise<MediaHeader['pixels']> {
  for (const bytes of headerBytes) {
    const header = await read(0, Math.min(bytes, size));
    const found = sizeIn(header);
    if (found !== undefined) return found;
    const isJpeg = header[0] === 0xff && header[1] === 0xd8;
    if (!isJpeg || header.length === size) return undefined;
  }
  return undefined;
}

function sizeIn(header: Uint8Array): MediaHeader['pixels'] {
  try {
    const { width, height } = imageSize(header);
    return { width, height };
  } catch {
    // It throws for a header that is no image's, and for one that is not all there.
    return undefined;
  }
}
