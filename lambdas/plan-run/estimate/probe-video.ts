import { CustomSource, Input, Logging, LogLevel, MATROSKA, MP4, QTFF, WEBM } from 'mediabunny';
import type { ProbedFile } from './probe-file.ts';

/** A camera's file has a handful of boxes before its movie header. */
const maxBoxes = 24;

// It says on the console which codecs it cannot decode, and nothing is decoded here.
Logging.level = LogLevel.Silent;

/** Seconds of a video, by its container; undefined where that does not tell, or is none that can be read (flv, wmv, mpg). */
export async function secondsOf(file: ProbedFile): Promise<number | undefined> {
  const inHeader = await secondsInMovieHeader(file);
  // Only what needs it: broken tables of samples may keep the library from ever coming to an end.
  const isForLibrary = inHeader === 'in fragments' || (await isMatroska(file));
  const seconds = isForLibrary ? await secondsByLibrary(file) : inHeader;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/**
 * The duration in the movie header of MP4, MOV and 3GP. The library would read the tables of all samples with it, a megabyte for
 * 20 minutes, of which this needs 32 bytes: https://developer.apple.com/documentation/quicktime-file-format/movie_header_atom
 */
async function secondsInMovieHeader({ size, read }: ProbedFile): Promise<number | 'in fragments' | undefined> {
  for (let at = 0, boxes = 0; at + 8 <= size && boxes < maxBoxes; boxes++) {
    const header = Buffer.from(await read(at, Math.min(at + 16, size)));
    const type = header.toString('latin1', 4, 8);
    const isLong = header.readUInt32BE(0) === 1 && header.length === 16;
    const headerBytes = isLong ? 16 : 8;
    // A length of 0 means up to the end of the file.
    const length = isLong ? Number(header.readBigUInt64BE(8)) : header.readUInt32BE(0) || size - at;
    if (!/^[ -~]{4}$/.test(type) || length < headerBytes) return undefined;
    const content = at + headerBytes;
    if (type === 'mvex') return 'in fragments';
    if (type === 'mvhd') {
      const seconds = content + 32 > size ? undefined : durationIn(Buffer.from(await read(content, content + 32)));
      if (seconds !== undefined) return seconds;
    }
    at = type === 'moov' ? content : at + length;
  }
  return undefined;
}

/** Undefined for a movie in fragments, whose header does not know how long it became. */
function durationIn(movieHeader: Buffer): number | undefined {
  const isLong = movieHeader.readUInt8(0) === 1;
  const timescale = movieHeader.readUInt32BE(isLong ? 20 : 12);
  const duration = isLong ? movieHeader.readBigUInt64BE(24) : BigInt(movieHeader.readUInt32BE(16));
  const unknown = isLong ? 2n ** 64n - 1n : 2n ** 32n - 1n;
  return timescale === 0 || duration === 0n || duration === unknown ? undefined : Number(duration) / timescale;
}

/** https://www.rfc-editor.org/rfc/rfc8794#name-ebml-header */
async function isMatroska({ size, read }: ProbedFile): Promise<boolean> {
  return size > 4 && Buffer.from(await read(0, 4)).readUInt32BE() === 0x1a45dfa3;
}

/** Matroska, WebM and fragmented MP4. Whatever is wrong with a file shows as an error of the library's. */
async function secondsByLibrary({ size, read }: ProbedFile): Promise<number | undefined> {
  const source = new CustomSource({
    getSize: () => size,
    read,
    // It may go attempt and attempt in a broken file: everything that it reads has to come by here, where that is ended.
    maxCacheSize: 0,
    // What is read ahead and fails would otherwise end the process.
    handleUnhandledError: () => {},
  });
  const input = new Input({ formats: [MP4, QTFF, MATROSKA, WEBM], source });
  try {
    return (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
  } catch {
    return undefined;
  } finally {
    input.dispose();
  }
}
