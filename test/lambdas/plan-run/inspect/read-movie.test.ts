import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../../lambdas/plan-run/inspect/read-header.ts';
import { box, countedFile, fragmentedMovie, movie, movieHeader } from '../../../support/video-files.ts';

const ftyp = box('ftyp', Buffer.from('isom\0\0\0\0isom'));

/** Numbers of 32 bits, one after the other. */
const uints = (...numbers: readonly number[]) => {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number, at * 4);
  return bytes;
};

interface Lengths {
  /** In seconds, each as one of the headers says. */
  movie?: number;
  track?: number;
  media?: number;
  edits?: readonly number[];
  handler?: string;
}

const mvhd = (seconds = 0) => box('mvhd', uints(0, 0, 0, 1000, seconds * 1000), Buffer.alloc(80));

function trak({ track = 0, media = 0, edits, handler = 'vide' }: Lengths): Buffer {
  const list = edits?.flatMap((seconds) => [seconds * 1000, 0, 0x10000]);
  return box(
    'trak',
    box('tkhd', uints(0, 0, 0, 1, 0, track * 1000), Buffer.alloc(60)),
    ...(list ? [box('edts', box('elst', uints(0, list.length / 3, ...list)))] : []),
    box(
      'mdia',
      box('mdhd', uints(0, 0, 0, 500, media * 500, 0)),
      box('hdlr', uints(0, 0), Buffer.from(handler), uints(0)),
    ),
  );
}

const moov = (lengths: Lengths, ...more: readonly Buffer[]) => box('moov', mvhd(lengths.movie), trak(lengths), ...more);
const mvex = (...more: readonly Buffer[]) => box('mvex', ...more, box('trex', uints(0, 1, 1, 500, 1, 0)));
const moof = (...runs: readonly Buffer[]) => box('moof', box('traf', box('tfhd', uints(0, 1)), ...runs));
const run = (samples: number) => box('trun', uints(0, samples));
const at = (seconds: number) => box('tfdt', uints(0, seconds * 500));
const mdat = box('mdat', Buffer.alloc(100));
const fileOf = (...boxes: readonly Buffer[]) => countedFile(Buffer.concat([ftyp, ...boxes]));
const read = (...boxes: readonly Buffer[]) => readHeader(fileOf(...boxes).file);

describe('the length of a movie', () => {
  it.each([
    ['before the pictures', { isFirst: true }, 1],
    ['behind them, as cameras do', {}, 2],
    ['behind more than 4 GB of them', { mediaBytes: 5e9 }, 2],
    ['in 64 bits', { isLong: true }, 2],
    ['after other boxes', { isFirst: true, before: ['free', 'uuid', 'wide'] }, 1],
  ])('is read from a header %s, in %i requests', async (_, options, requests) => {
    const { file, reads } = countedFile(movie({ seconds: 1234.5, ...options }));

    expect(await readHeader(file)).toEqual({ format: 'mp4', seconds: 1234.5 });
    expect(reads).toHaveLength(requests);
    expect(reads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(8192);
  });

  it.each<[string, Lengths, number]>([
    ['the movie', { movie: 60, track: 1, media: 1 }, 60],
    ['a track', { movie: 1, track: 60, media: 1 }, 60],
    ['a media', { movie: 1, track: 1, media: 60 }, 60],
    ['an edit list', { movie: 1, track: 1, media: 60, edits: [20, 10] }, 30],
    ['a media whose edit list is empty', { movie: 1, track: 1, media: 60, edits: [] }, 60],
    ['a track that is longer than its edits', { movie: 1, track: 40, media: 60, edits: [20, 10] }, 40],
  ])('is never less than that of %s', async (_, lengths, seconds) => {
    expect(await read(moov(lengths))).toEqual({ format: 'mp4', seconds });
  });

  it('is unknown where all bits of it are set', async () => {
    const unknown = box('moov', box('mvhd', uints(0, 0, 0, 1000, 0xffff_ffff), Buffer.alloc(80)), trak({}));

    expect(await read(unknown)).toEqual({ format: 'mp4' });
  });
});

describe('the length of a movie with fragments', () => {
  it('is that of the fragments as another library writes them', async () => {
    const { seconds } = await readHeader(countedFile(await fragmentedMovie(12)).file);

    expect(seconds).toBeCloseTo(12, 1);
  });

  it.each([
    ['follow each other', [moof(run(3)), mdat, moof(run(4)), mdat], 7],
    ['say when they begin', [moof(at(100), run(3)), mdat], 103],
    ['have several runs', [moof(run(3), run(2)), moof(run(1))], 6],
    ['are only announced', [], 1],
  ])('is where the last one ends if they %s', async (_, fragments, seconds) => {
    expect(await read(moov({ movie: 1 }, mvex()), ...fragments)).toEqual({ format: 'mp4', seconds });
  });

  it('is that of the fragments where the tracks say that theirs is unknown', async () => {
    const mdia = box('mdia', box('mdhd', uints(0, 0, 0, 500, 0xffff_ffff, 0)));
    const unknown = box('moov', mvhd(0), box('trak', box('tkhd', uints(0, 0, 0, 1, 0, 0)), mdia), mvex());

    expect(await read(unknown, moof(run(3)), mdat)).toEqual({ format: 'mp4', seconds: 3 });
  });

  it('goes on where the first part in the movie ends', async () => {
    expect(await read(moov({ movie: 1, media: 1 }, mvex()), moof(run(11)), mdat)).toMatchObject({ seconds: 12 });
  });

  it('is what the movie says of them where they are too many to read, else unknown', async () => {
    const many = Array.from({ length: 100 }, () => Buffer.concat([moof(run(1)), box('mdat', Buffer.alloc(40_000))]));
    const mehd = box('mehd', uints(0, 90_000));

    const unknown = fileOf(moov({ movie: 1 }, mvex()), ...many);
    expect(await readHeader(unknown.file)).toEqual({ format: 'mp4', isUnfinished: true });
    expect(unknown.reads).toHaveLength(32);
    expect(await read(moov({ movie: 1 }, mvex(mehd)), ...many)).toEqual({ format: 'mp4', seconds: 90 });
  });

  it.each([
    ['more samples of no bytes than the file has bytes', [moof(run(0xffff_ffff)), mdat]],
    ['more entries than the run has room for', [moof(box('trun', uints(0x100, 50_000, 500)))]],
    ['a fragment that is longer than the file', [Buffer.concat([movieHeader('moof', 500_000), Buffer.alloc(300)])]],
    ['an index of more entries than it has', [box('sidx', uints(0, 1, 500, 0, 0, 0xffff)), moof(run(3))]],
    ['a box of no length in between', [moof(run(3)), uints(4, 0, 0, 0)]],
  ])('is unknown if they claim %s', async (_, fragments) => {
    expect(await read(moov({ movie: 1, media: 1 }, mvex()), ...fragments)).toEqual({
      format: 'mp4',
      isUnfinished: true,
    });
  });
});

describe('a movie without anything to show', () => {
  it.each([
    ['its movie header', [mdat], 'movie'],
    ['its end', [movieHeader('mdat', 5_000_000)], 'movie'],
    ['a video track', [moov({ movie: 3, handler: 'soun' })], 'video track'],
    ['any track', [box('moov', mvhd(3))], 'video track'],
    ['a video track in fragments', [moov({ handler: 'soun' }, mvex()), moof(run(3))], 'video track'],
  ])('is known as one without %s', async (_, boxes, missing) => {
    expect(await read(...boxes)).toEqual({ format: 'mp4', missing });
  });

  it.each([
    ['a track of a kind that nobody knows', [moov({ movie: 3, handler: 'new!' })], { seconds: 3 }],
    ['a movie header that is truncated', [moov({ movie: 3, handler: 'soun' }).subarray(0, -20)], { seconds: 3 }],
    ['a compressed movie header', [box('moov', box('cmov', Buffer.alloc(40)))], {}],
    ['a track whose header is truncated', [moov({ movie: 3 }).subarray(0, 150)], { isUnfinished: true }],
    ['a movie header without a timescale', [box('moov', box('mvhd', Buffer.alloc(100)), trak({}))], {}],
    [
      'more boxes than are read',
      Array.from({ length: 100 }, () => box('free', Buffer.alloc(40_000))),
      { isUnfinished: true },
    ],
  ])('is not proven by %s', async (_, boxes, found) => {
    expect(await read(...boxes)).toEqual({ format: 'mp4', ...found });
  });
});
