import { type Box, boxAt, boxesIn, contentOf, isLong, numberAt } from './boxes.ts';
import { type InspectedFile, OutOfBounds } from './inspected-file.ts';

/** What fragments need to know of a track. */
export interface FragmentedTrack {
  timescale: number;
  /** Its length before the first fragment, in its own timescale; NaN if that is unknown. */
  units: number;
  /** Of a sample that has no duration of its own. */
  defaultDuration: number;
}

/** Bytes of a fragment's header or of an index that are read: enough for minutes. */
const maxHeaderBytes = 256 * 1024;

/**
 * Returns the seconds of a movie with fragments: where the last of them ends. Indexes save reading every fragment.
 *
 * @throws {OutOfBounds} where there are more fragments than may be read, or their numbers cannot be true
 */
export async function readFragments(
  file: InspectedFile,
  from: number,
  tracks: ReadonlyMap<number, FragmentedTrack>,
): Promise<number> {
  const ends = new Map([...tracks].map(([id, { units }]) => [id, units || 0]));
  const last = await lastFragment(file);
  for (const [id, time] of last.times) extend(id, 0, time);
  let at = Math.max(from, last.offset);
  let indexedTo = 0;
  for (let box = await boxAt(file, at, file.size); box; box = await boxAt(file, at, file.size)) {
    at = box.to;
    if (box.type === 'sidx') indexedTo = Math.max(indexedTo, await readIndex(box));
    if (box.type === 'moof' && box.to <= indexedTo) at = indexedTo;
    else if (box.type === 'moof') await readFragment(box);
  }
  if (at + 8 <= file.size) throw new OutOfBounds('The file is broken between two fragments.');
  return Math.max(0, ...[...tracks].map(([id, { timescale }]) => (ends.get(id) ?? 0) / timescale || 0));

  function extend(id: number, units: number, time?: number): void {
    const end = ends.get(id);
    if (end !== undefined) ends.set(id, Math.max(end, (time ?? end) + units));
  }

  /** An index stands for the fragments behind it. @returns where they end */
  async function readIndex(box: Box): Promise<number> {
    const content = await contentOf(file, box, maxHeaderBytes);
    const long = isLong(content);
    const [id, timescale] = [content.readUInt32BE(4), content.readUInt32BE(8)];
    let [end, units] = [box.to + numberAt(content, long ? 20 : 16, long), 0];
    const entries = content.readUInt16BE(long ? 30 : 22);
    for (let entry = 0; entry < entries; entry++) {
      const entryAt = (long ? 32 : 24) + entry * 12;
      end += content.readUInt32BE(entryAt) & 0x7fff_ffff;
      units += content.readUInt32BE(entryAt + 4);
    }
    extend(id, (units / timescale) * (tracks.get(id)?.timescale ?? 0));
    return end;
  }

  async function readFragment(box: Box): Promise<void> {
    const header = await contentOf(file, box, maxHeaderBytes);
    if (header.length < box.to - box.from) throw new OutOfBounds('The header of a fragment is too long, or not whole.');
    const inMemory = { size: header.length, read: async (start: number, end: number) => header.subarray(start, end) };
    for await (const part of boxesIn(inMemory, { from: 0, to: header.length })) {
      if (part.type !== 'traf') continue;
      let [id, defaultDuration, units] = [0, 0, 0];
      let time: number | undefined;
      for await (const inside of boxesIn(inMemory, part)) {
        if (!/^(?:tfhd|tfdt|trun)$/.test(inside.type)) continue;
        const content = await contentOf(inMemory, inside, maxHeaderBytes);
        const flags = content.readUInt32BE(0);
        if (inside.type === 'tfhd') {
          id = content.readUInt32BE(4);
          const at = 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0);
          defaultDuration = flags & 0x8 ? content.readUInt32BE(at) : (tracks.get(id)?.defaultDuration ?? 0);
        }
        if (inside.type === 'tfdt') time = numberAt(content, 4, isLong(content));
        if (inside.type === 'trun') units += unitsOf(content, flags, defaultDuration, inside.to - inside.from);
      }
      extend(id, units, time);
    }
  }

  function unitsOf(run: Buffer, flags: number, defaultDuration: number, bytes: number): number {
    const samples = run.readUInt32BE(4);
    const entriesAt = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
    const entryBytes = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
    // A sample has at least one byte somewhere in the file.
    if (samples > file.size || entriesAt + samples * entryBytes > bytes) {
      throw new OutOfBounds('A fragment claims more samples than there can be.');
    }
    if (!(flags & 0x100)) return samples * defaultDuration;
    let units = 0;
    for (let sample = 0; sample < samples; sample++) units += run.readUInt32BE(entriesAt + sample * entryBytes);
    return units;
  }
}

/** The last fragment by the index at the end of the file: its offset, and the times of the tracks there. */
async function lastFragment(file: InspectedFile): Promise<{ offset: number; times: Map<number, number> }> {
  const times = new Map<number, number>();
  const tail = Buffer.from(await file.read(Math.max(0, file.size - 4096), file.size));
  const isIndexed = tail.length >= 16 && tail.toString('latin1', tail.length - 12, tail.length - 8) === 'mfro';
  const index = isIndexed ? await boxAt(file, file.size - tail.readUInt32BE(tail.length - 4), file.size) : undefined;
  const offsets: number[] = [];
  for await (const box of boxesIn(file, index ?? { from: 0, to: 0 })) {
    if (box.type !== 'tfra') continue;
    const content = await contentOf(file, box, maxHeaderBytes);
    const long = isLong(content);
    const sizes = content.readUInt32BE(8);
    const entryBytes = (long ? 16 : 8) + 3 + ((sizes >> 4) & 3) + ((sizes >> 2) & 3) + (sizes & 3);
    const entry = 16 + (content.readUInt32BE(12) - 1) * entryBytes;
    if (entry < 16 || entry + entryBytes > content.length) continue;
    times.set(content.readUInt32BE(4), numberAt(content, entry, long));
    offsets.push(numberAt(content, entry + (long ? 8 : 4), long));
  }
  return { offset: offsets.length > 0 ? Math.min(...offsets) : 0, times };
}
