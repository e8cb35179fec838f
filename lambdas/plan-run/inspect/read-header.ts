import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import type { InspectedFile } from './inspected-file.ts';
import { pixelsOf } from './read-image.ts';
import { readMatroska } from './read-matroska.ts';
import { readMovie } from './read-movie.ts';
import { sniffedBytes, sniffFormat } from './sniff-format.ts';

/** Reads the header of a file: its real format, its length or pixels, and what is missing in it. It never throws. */
export async function readHeader(file: InspectedFile): Promise<MediaHeader> {
  let sniffed: MediaHeader = {};
  try {
    sniffed = sniffFormat(await file.read(0, Math.min(sniffedBytes, file.size)));
    return { ...sniffed, ...(await readInside(file, sniffed.format)) };
  } catch {
    // Its bounds were reached, or a number in it points to where nothing is.
    return { ...sniffed, isUnfinished: true };
  }
}

async function readInside(file: InspectedFile, format: MediaHeader['format']): Promise<MediaHeader> {
  switch (format) {
    case 'mp4':
    case 'mov':
    case 'three_gp':
      return readMovie(file);
    case 'mkv':
    case 'webm':
      return readMatroska(file);
    case 'png':
    case 'jpeg':
    case 'gif':
    case 'webp':
      return { pixels: await pixelsOf(file) };
    default:
      // The length of flv, wmv, mpeg and mpg is not in one place of the file.
      return {};
  }
}
