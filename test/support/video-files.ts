import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from 'mediabunny';
import { type InspectedFile, inspectedFile } from '../../lambdas/plan-run/inspect/inspected-file.ts';

/** A file of which only some bytes are there: what is at `hole` is zeros, so that gigabytes need no memory. */
export interface SparseFile {
  content: Buffer;
  /** Offset in the content, and bytes that are missing there. */
  hole?: { at: number; bytes: number };
}

/** A file that counts how it is read. */
export function countedFile(given: Buffer | SparseFile): {
  file: InspectedFile;
  reads: { offset: number; bytes: number }[];
} {
  const { content, hole = { at: 0, bytes: 0 } } = Buffer.isBuffer(given) ? { content: given } : given;
  const reads: { offset: number; bytes: number }[] = [];
  const file = inspectedFile(content.length + hole.bytes, async (range) => {
    reads.push(range);
    const bytes = Buffer.alloc(range.bytes);
    for (let at = 0; at < range.bytes; at++) {
      const offset = range.offset + at;
      if (offset < hole.at) bytes[at] = content[offset] ?? 0;
      else if (offset >= hole.at + hole.bytes) bytes[at] = content[offset - hole.bytes] ?? 0;
    }
    return bytes;
  });
  return { file, reads };
}

/** The header of a box, with the length of its content. */
export function movieHeader(type: string, contentBytes: number): Buffer {
  const isLong = contentBytes > 0xffff_0000;
  const header = Buffer.alloc(isLong ? 16 : 8);
  header.writeUInt32BE(isLong ? 1 : 8 + contentBytes, 0);
  header.write(type, 4, 'latin1');
  if (isLong) header.writeBigUInt64BE(BigInt(16 + contentBytes), 8);
  return header;
}

/** A box with its content. */
export const box = (type: string, ...parts: readonly Uint8Array[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([movieHeader(type, content.length), content]);
};

interface MovieOptions {
  seconds: number;
  /** The movie header before the pictures. */
  isFirst?: boolean;
  /** Its numbers in 64 bits. */
  isLong?: boolean;
  mediaBytes?: number;
  /** Boxes before both. */
  before?: readonly string[];
}

/** An MP4 or MOV of nothing but boxes, in the layout of a camera or of the web. */
export function movie(options: MovieOptions): Required<SparseFile> {
  const { seconds, isFirst = false, isLong = false, mediaBytes = 1_000_000, before = [] } = options;
  const timescale = seconds === 0 ? 0 : 600;
  const numbers = Buffer.alloc(isLong ? 112 : 100);
  numbers.writeUInt8(isLong ? 1 : 0);
  numbers.writeUInt32BE(timescale, isLong ? 20 : 12);
  if (isLong) numbers.writeBigUInt64BE(BigInt(seconds * timescale), 24);
  else numbers.writeUInt32BE(seconds * timescale, 16);
  const header = Buffer.concat([movieHeader('mvhd', numbers.length), numbers]);
  const tables = Buffer.concat([movieHeader('trak', 300_000), Buffer.alloc(300_000)]);
  const moov = Buffer.concat([movieHeader('moov', header.length + tables.length), header, tables]);
  const start = Buffer.concat([
    Buffer.from('\0\0\0\x14ftypisom\0\0\x02\0isom', 'latin1'),
    ...before.map((type) => Buffer.concat([movieHeader(type, 20), Buffer.alloc(20)])),
  ]);
  const mdat = movieHeader('mdat', mediaBytes);
  const content = Buffer.concat(isFirst ? [start, moov, mdat] : [start, mdat, moov]);
  const at = isFirst ? content.length : start.length + mdat.length;
  return { content, hole: { at, bytes: mediaBytes } };
}

/** A real MP4 of a frame a second, as the library itself writes it. */
async function written(seconds: number, fastStart: 'fragmented' | 'in-memory'): Promise<Buffer> {
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart }), target });
  const source = new EncodedVideoPacketSource('vp9');
  output.addVideoTrack(source, { frameRate: 1 });
  await output.start();
  const decoderConfig = { codec: 'vp09.00.10.08', codedWidth: 160, codedHeight: 90 };
  for (let at = 0; at < seconds; at++) {
    const packet = new EncodedPacket(Buffer.from([at & 0xff, at >> 8]), 'key', at, 1);
    await source.add(packet, { decoderConfig });
  }
  await output.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer());
}

/** One that was written as it was recorded. */
export const fragmentedMovie = (seconds: number) => written(seconds, 'fragmented');

/** One of any length, a few bytes a second. */
export const longMovie = (seconds: number) => written(seconds, 'in-memory');

/** An element of Matroska, by its ID in hexadecimal digits. */
export const element = (id: string, content: Buffer) =>
  Buffer.concat([Buffer.from(id, 'hex'), Buffer.from([0x01, 0, 0, 0]), uint32(content.length), content]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A WebM as a browser records it: no duration, no index, and a hundred clusters, so that only all of it would tell. */
export const streamedWebm = (() => {
  const text = (id: string, value: string) => element(id, Buffer.from(value));
  const number = (id: string, value: number) => element(id, uint32(value));
  const ebml = element('1a45dfa3', Buffer.concat([text('4282', 'webm'), number('4287', 2), number('4285', 2)]));
  const track = Buffer.concat([
    ...[number('d7', 1), number('73c5', 1), number('83', 1), text('86', 'V_VP8')],
    element('e0', Buffer.concat([number('b0', 160), number('ba', 90)])),
  ]);
  const clusters = Array.from({ length: 100 }, (_, at) =>
    element('1f43b675', Buffer.concat([number('e7', at * 1000), element('a3', Buffer.alloc(50_000, '\x81\0\0\x80'))])),
  );
  const segment = [
    element('1549a966', number('2ad7b1', 1_000_000)),
    element('1654ae6b', element('ae', track)),
    ...clusters,
  ];
  return Buffer.concat([ebml, Buffer.from('1853806701ffffffffffffff', 'hex'), ...segment]);
})();
