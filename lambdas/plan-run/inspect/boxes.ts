import type { InspectedFile } from './inspected-file.ts';

/** A box of an ISO media file: its type, and where its content is. */
export interface Box {
  type: string;
  from: number;
  to: number;
}

/** Returns the box at an offset; undefined where no box can be. */
export async function boxAt(file: InspectedFile, at: number, end: number): Promise<Box | undefined> {
  if (at + 8 > end) return undefined;
  const header = Buffer.from(await file.read(at, Math.min(at + 16, file.size)));
  const isLong = header.readUInt32BE(0) === 1 && header.length === 16;
  // A length of 0 means up to the end.
  const length = isLong ? Number(header.readBigUInt64BE(8)) : header.readUInt32BE(0) || end - at;
  const headerBytes = isLong ? 16 : 8;
  if (length < headerBytes) return undefined;
  return { type: header.toString('latin1', 4, 8), from: at + headerBytes, to: at + length };
}

/** The boxes of one level, up to the end or to what is no box. */
export async function* boxesIn(file: InspectedFile, { from, to }: Omit<Box, 'type'>): AsyncGenerator<Box> {
  const end = Math.min(to, file.size);
  for (let box = await boxAt(file, from, end); box; box = await boxAt(file, box.to, end)) yield box;
}

/** The content of a box, at most so many bytes of it. */
export async function contentOf(file: InspectedFile, { from, to }: Box, maxBytes = 40): Promise<Buffer> {
  return Buffer.from(await file.read(from, Math.min(from + maxBytes, to, file.size)));
}

/** Whether the numbers of a header have 8 bytes instead of 4. */
export const isLong = (content: Buffer) => content.readUInt8(0) === 1;

/** A number of 4 or 8 bytes; NaN where all bits are set, which means unknown. */
export function numberAt(content: Buffer, at: number, long: boolean): number {
  const number = long ? Number(content.readBigUInt64BE(at)) : content.readUInt32BE(at);
  return number === (long ? 2 ** 64 : 2 ** 32 - 1) ? Number.NaN : number;
}
