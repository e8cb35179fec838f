import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import { type InspectedFile, OutOfBounds } from './inspected-file.ts';

/** Elements by their IDs: https://www.rfc-editor.org/rfc/rfc9559#name-matroska-schema */
const ids = {
  ...{ segment: 0x18538067, info: 0x1549a966, timestampScale: 0x2ad7b1, duration: 0x4489 },
  ...{ tracks: 0x1654ae6b, track: 0xae, trackNumber: 0xd7, trackType: 0x83, frameDuration: 0x23e383 },
  ...{ cluster: 0x1f43b675, timestamp: 0xe7, simpleBlock: 0xa3, blockGroup: 0xa0, block: 0xa1, blockDuration: 0x9b },
};

interface Element {
  id: number;
  from: number;
  to: number;
  /** Written before its length was known: it ends where an element comes that cannot be in it. */
  isOpen: boolean;
}

/** Reads Matroska and WebM: the length in the header, or where there is none, where the last block ends. */
export async function readMatroska(file: InspectedFile): Promise<Pick<MediaHeader, 'missing' | 'seconds'>> {
  const tracks = new Map<number, { frameNs: number; lastTime: number; gap: number }>();
  let hasVideo: boolean | undefined;
  let [scaleNs, duration, clusterTime, blockTime, endNs] = [1_000_000, 0, 0, 0, 0];
  let [at, to] = [0, file.size];
  let lastClusters: readonly Element[] = [];
  let isInLast = false;
  while (at < to || lastClusters[0] !== undefined) {
    // Of clusters with a length, only the blocks of the last two are read.
    if (at >= to && lastClusters[0]) [at, lastClusters, isInLast] = [lastClusters[0].from, [], true];
    const element = await elementAt(file, at, to);
    at = element.to;
    switch (element.id) {
      case ids.segment:
        [at, to] = [element.from, Math.min(element.to, to)];
        break;
      case ids.info:
        for await (const inside of elementsIn(file, element)) {
          if (inside.id === ids.timestampScale) scaleNs = await uintOf(inside);
          if (inside.id === ids.duration) duration = await floatOf(inside);
        }
        break;
      case ids.tracks:
        hasVideo = false;
        for await (const track of elementsIn(file, element)) if (track.id === ids.track) await readTrack(track);
        if (!hasVideo && element.to <= file.size) return { missing: 'video track' };
        break;
      case ids.cluster:
        if (duration > 0) return lengthOf(duration * scaleNs);
        if (element.isOpen || isInLast) at = element.from;
        else lastClusters = [...lastClusters.slice(-1), element];
        break;
      case ids.blockGroup:
        at = element.from;
        break;
      case ids.timestamp:
        clusterTime = await uintOf(element);
        break;
      case ids.simpleBlock:
      case ids.block:
        await readBlock(element);
        break;
      case ids.blockDuration:
        endNs = Math.max(endNs, (blockTime + (await uintOf(element))) * scaleNs);
    }
  }
  return lengthOf(duration > 0 ? duration * scaleNs : endNs);

  async function readTrack(track: Element): Promise<void> {
    let [number, frame] = [0, 0];
    for await (const element of elementsIn(file, track)) {
      if (element.id === ids.trackType) hasVideo ||= (await uintOf(element)) === 1;
      if (element.id === ids.trackNumber) number = await uintOf(element);
      if (element.id === ids.frameDuration) frame = await uintOf(element);
    }
    tracks.set(number, { frameNs: frame, lastTime: Number.NaN, gap: 0 });
  }

  /** A block has up to 256 frames. A frame without a duration is taken to last as long as the one before it. */
  async function readBlock(block: Element): Promise<void> {
    const content = await bytesOf(block, 16);
    const numberBytes = vintBytes(content[0]);
    const time = clusterTime + content.readInt16BE(numberBytes);
    const isLaced = (content.readUInt8(numberBytes + 2) & 0x06) !== 0;
    const frames = isLaced ? content.readUInt8(numberBytes + 3) + 1 : 1;
    const track = tracks.get(vintIn(content, 0, numberBytes)) ?? { frameNs: 0, lastTime: Number.NaN, gap: 0 };
    if (time > track.lastTime) track.gap = time - track.lastTime;
    [track.lastTime, blockTime] = [time, time];
    endNs = Math.max(endNs, time * scaleNs + frames * (track.frameNs || track.gap * scaleNs));
  }

  async function floatOf(element: Element): Promise<number> {
    const content = await bytesOf(element, 8);
    return content.length === 4 ? content.readFloatBE() : content.readDoubleBE();
  }

  async function uintOf(element: Element): Promise<number> {
    return (await bytesOf(element, 8)).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  async function bytesOf({ from, to: end }: Element, most: number): Promise<Buffer> {
    return Buffer.from(await file.read(from, Math.min(end, from + most, file.size)));
  }
}

function lengthOf(ns: number): Pick<MediaHeader, 'seconds'> {
  const seconds = ns / 1e9;
  return Number.isFinite(seconds) && seconds > 0 ? { seconds } : {};
}

async function* elementsIn(file: InspectedFile, parent: Element): AsyncGenerator<Element> {
  const end = Math.min(parent.to, file.size);
  for (let at = parent.from; at < end; ) {
    const element = await elementAt(file, at, end);
    yield element;
    at = element.to;
  }
}

/** @throws {OutOfBounds} where there is none, so that what follows is unknown */
async function elementAt(file: InspectedFile, at: number, end: number): Promise<Element> {
  const header = Buffer.from(await file.read(at, Math.min(at + 12, end)));
  const idBytes = vintBytes(header[0]);
  const sizeBytes = vintBytes(header[idBytes]);
  if (idBytes > 4 || idBytes + sizeBytes > header.length) throw new OutOfBounds('The file is broken between elements.');
  const from = at + idBytes + sizeBytes;
  const size = vintIn(header, idBytes, sizeBytes);
  const isOpen = size === 2 ** (7 * sizeBytes) - 1;
  return { id: header.readUIntBE(0, idBytes), from, to: isOpen ? end : from + size, isOpen };
}

/** Bytes of a number of variable length, by the first of them; 9 where that is none. */
function vintBytes(first: number | undefined): number {
  return Math.clz32(first ?? 0) - 23;
}

function vintIn(content: Uint8Array, at: number, bytes: number): number {
  const [first = 0, ...rest] = content.subarray(at, at + bytes);
  return rest.reduce((sum, byte) => sum * 256 + byte, first & (0xff >> bytes));
}
