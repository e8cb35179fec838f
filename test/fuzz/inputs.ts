import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleClips, sampleMediaFolder } from '../support/clips.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { contentOf, strangers } from '../support/strangers.ts';
import { box, element } from '../support/video-files.ts';

type Random = ReturnType<typeof seededRandom>;

/** A file that nobody made on purpose: what is behind its content is zeros up to its size. */
export interface FuzzInput {
  how: string;
  content: Buffer;
  size: number;
}

const real: readonly Buffer[] = [
  ...new Map(strangers.map((stranger) => [stranger.file, contentOf(stranger)])).values(),
  ...sampleClips.slice(0, 12).map(({ key }) => readFileSync(join(sampleMediaFolder, key))),
];

const maxBytes = 1_500_000;

/** Numbers at which arithmetic goes wrong. */
const edges = [
  0, 1, 7, 8, 15, 16, 0x7f, 0xff, 0x7fff, 0xffff, 0x0100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

/** Names behind which a number of a header is. */
const names = [
  ...[
    'moov',
    'mvhd',
    'trak',
    'tkhd',
    'mdia',
    'mdhd',
    'hdlr',
    'edts',
    'elst',
    'mvex',
    'mehd',
    'trex',
    'moof',
    'traf',
    'tfhd',
  ],
  ...['tfdt', 'trun', 'sidx', 'mfra', 'tfra', 'mfro', 'mdat', 'ftyp', 'Exif', 'VP8X', 'IHDR', 'JFIF'],
  ...['1a45dfa3', '18538067', '1549a966', '1654ae6b', '1f43b675', '114d9b74', '2ad7b1', '4489', '23e383'].map((id) =>
    Buffer.from(id, 'hex'),
  ),
];

const mutations: Readonly<Record<string, (bytes: Buffer, random: Random) => Buffer>> = {
  'bits flipped': (bytes, { below }) => {
    for (let flips = 1 + below(8); flips > 0; flips--) {
      const at = below(Math.min(bytes.length, 20_000));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    }
    return bytes;
  },
  'a number that lies': (bytes, random) => {
    const name = names[random.below(names.length)] ?? 'moov';
    const found = bytes.indexOf(name, random.below(2) === 0 ? 0 : random.below(bytes.length));
    // Its length is before the name of a box, and behind the ID of an element.
    const at = (found < 0 ? random.below(bytes.length) : found) + random.below(60) - 8;
    return overwrite(bytes, at, random);
  },
  truncated: (bytes, { below }) => bytes.subarray(0, below(bytes.length)),
  'a part missing': (bytes, { below }) => {
    const at = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(64))]);
  },
  'a part written over': (bytes, { below }) => {
    const at = below(bytes.length);
    return bytes.fill(below(256), at, Math.min(at + below(200), bytes.length));
  },
  'a part repeated': (bytes, random) => {
    const { below } = random;
    const from = below(bytes.length);
    const part = bytes.subarray(from, from + 1 + below(300));
    return Buffer.concat([bytes.subarray(0, from), repeated(part, random), bytes.subarray(from)]);
  },
  'a part of another file': (bytes, { below }) => {
    const other = real[below(real.length)] ?? bytes;
    const from = below(other.length);
    const at = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + below(5000)), bytes.subarray(at)]);
  },
};

function overwrite(bytes: Buffer, at: number, { below, next }: Random): Buffer {
  const number = Buffer.alloc(8, 255);
  const edge = edges[below(edges.length)] ?? 0;
  number.writeUInt32BE(below(3) === 0 ? Math.floor(next() * 2 ** 32) : edge, below(2) * 4);
  const size = [1, 2, 4, 8][below(4)] ?? 4;
  number.copy(bytes, Math.max(0, Math.min(at, bytes.length - size)), 0, size);
  return bytes;
}

/** Files of nothing but structure, as no tool writes them. */
const made: Readonly<Record<string, (random: Random) => Buffer>> = {
  'boxes in boxes': ({ below }) => {
    const types = ['moov', 'trak', 'mdia', 'edts', 'mvex', 'moof', 'traf', 'free'];
    const depth = below(2000);
    const nested = Buffer.alloc(depth * 8 + below(64));
    for (let at = 0; at < depth * 8; at += 8) {
      nested.writeUInt32BE(nested.length - at, at);
      nested.write(types[below(types.length)] ?? 'moov', at + 4, 'latin1');
    }
    return Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0')), nested]);
  },
  'many boxes': (random) => {
    const types = ['moov', 'trak', 'mvex', 'trex', 'moof', 'sidx', 'free', 'mvhd', 'tfra'];
    const one = box(types[random.below(types.length)] ?? 'moov', noise(random, 40));
    const all = repeated(one, random);
    return Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0')), random.below(2) === 0 ? all : box('moov', all)]);
  },
  'fragments of noise': (random) => {
    const parts = ['tfhd', 'tfdt', 'trun'].map((type) => box(type, noise(random, 200)));
    const mvex = box('mvex', box('trex', Buffer.from('00000000000000010000000100000001ffffffff00000000', 'hex')));
    const tkhd = box('tkhd', Buffer.from(`${'00'.repeat(12)}00000001`, 'hex'), Buffer.alloc(80));
    const mdhd = box('mdhd', Buffer.from(`${'00'.repeat(12)}000003e8`, 'hex'), Buffer.alloc(8));
    const moov = box('moov', box('mvhd', noise(random, 100)), box('trak', tkhd, box('mdia', mdhd)), mvex);
    return Buffer.concat([
      box('ftyp', Buffer.from('isom\0\0\0\0')),
      moov,
      repeated(box('moof', box('traf', ...parts)), random),
    ]);
  },
  'laced blocks': (random) => {
    const lacing = [0x02, 0x04, 0x06][random.below(3)] ?? 0x04;
    const block = element(
      'a3',
      Buffer.from([0x81, random.below(256), random.below(256), lacing, 255, ...noise(random, 8)]),
    );
    return matroska(element('1f43b675', Buffer.concat([element('e7', noise(random, 8)), repeated(block, random)])));
  },
  clusters: (random) => matroska(repeated(element('1f43b675', noise(random, 40)), random)),
  'open clusters': (random) =>
    matroska(repeated(Buffer.from('1f43b67501ffffffffffffffe78100a384810000800000', 'hex'), random)),
  'elements of noise': (random) =>
    matroska(repeated(element(['1549a966', '1654ae6b', 'ae'][random.below(3)] ?? 'ae', noise(random, 60)), random)),
  'a beginning and noise': (random) => {
    const beginning = real[random.below(real.length)]?.subarray(0, 4 + random.below(60)) ?? Buffer.alloc(0);
    return Buffer.concat([beginning, noise(random, 20_000)]);
  },
};

function matroska(content: Buffer): Buffer {
  const tracks = element(
    '1654ae6b',
    element('ae', Buffer.concat([element('d7', Buffer.from([1])), element('83', Buffer.from([1]))])),
  );
  return Buffer.concat([Buffer.from('1a45dfa3874282847765626d1853806701ffffffffffffff', 'hex'), tracks, content]);
}

function repeated(part: Buffer, { below }: Random): Buffer {
  const times = Math.min(1 + below(30_000), Math.floor(maxBytes / part.length));
  return Buffer.alloc(times * part.length, part);
}

function noise({ below }: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: below(most) }, () => below(256)));
}

/** The input of a number under a seed: the same one whenever it is asked for. */
export function fuzzInput(seed: number, number: number): FuzzInput {
  const random = seededRandom(seed * 1_000_003 + number);
  const { below } = random;
  const makers = Object.entries(made);
  const [maker] = below(5) === 0 ? [makers[below(makers.length)]] : [];
  let content = maker ? maker[1](random) : Buffer.from(real[below(real.length)] ?? []);
  const how = [maker?.[0] ?? 'a real file'];
  for (let times = maker ? below(2) : 1 + below(5); times > 0 && content.length > 0; times--) {
    const [name, mutate] = Object.entries(mutations)[below(Object.keys(mutations).length)] ?? [];
    if (mutate === undefined || content.length > maxBytes) break;
    content = mutate(content, random);
    how.push(name ?? '');
  }
  const isSparse = below(10) === 0;
  return { how: how.join(', '), content, size: isSparse ? content.length + below(5_000_000_000) : content.length };
}
