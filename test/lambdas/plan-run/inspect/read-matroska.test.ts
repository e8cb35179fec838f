import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../../lambdas/plan-run/inspect/read-header.ts';
import { countedFile, element, streamedWebm } from '../../../support/video-files.ts';

const uint = (id: string, number: number) =>
  element(id, Buffer.from([number >> 24, number >> 16, number >> 8, number]));
const open = (id: string) => Buffer.from(`${id}01ffffffffffffff`, 'hex');
const ebml = element('1a45dfa3', element('4282', Buffer.from('matroska')));
const float = (seconds: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(seconds * 1000);
  return bytes;
};
const info = (seconds?: number) =>
  element(
    '1549a966',
    Buffer.concat([uint('2ad7b1', 1_000_000), ...(seconds ? [element('4489', float(seconds))] : [])]),
  );
const track = (number: number, type: number, frameMs = 0) =>
  element(
    'ae',
    Buffer.concat([uint('d7', number), uint('83', type), ...(frameMs ? [uint('23e383', frameMs * 1e6)] : [])]),
  );
const tracks = (...all: readonly Buffer[]) => element('1654ae6b', Buffer.concat(all));
const video = tracks(track(1, 1, 40), track(2, 2));

/** A block of a track at a time after its cluster's; with lacing, of 256 frames. */
const block = (ms: number, { number = 1, isLaced = false } = {}) =>
  Buffer.from([0x80 | number, ms >> 8, ms, isLaced ? 0x04 : 0, ...(isLaced ? [255] : [])]);
const simple = (ms: number, options = {}) => element('a3', block(ms, options));
const cluster = (ms: number, ...blocks: readonly Buffer[]) =>
  element('1f43b675', Buffer.concat([uint('e7', ms), ...blocks]));

const fileOf = (...elements: readonly Buffer[]) => countedFile(Buffer.concat([ebml, open('18538067'), ...elements]));
const read = (...elements: readonly Buffer[]) => readHeader(fileOf(...elements).file);

describe('the length of a Matroska file', () => {
  it('is that of its header, and the rest is not read', async () => {
    const { file, reads } = fileOf(info(90), video, cluster(0, element('a3', Buffer.alloc(100_000))));

    expect(await readHeader(file)).toEqual({ format: 'mkv', seconds: 90 });
    expect(reads).toHaveLength(1);
  });

  it.each([
    ['of known lengths', [cluster(0, simple(0)), cluster(5000, simple(0), simple(960))], 6],
    [
      'without lengths',
      [open('1f43b675'), uint('e7', 0), simple(0), open('1f43b675'), uint('e7', 5000), simple(960)],
      6,
    ],
    [
      'with groups of blocks',
      [cluster(5000, element('a0', Buffer.concat([element('a1', block(0)), uint('9b', 2500)])))],
      7.5,
    ],
    ['with blocks of 256 frames', [cluster(5000, simple(0, { isLaced: true }))], 5 + 256 * 0.04],
    ['before an index', [cluster(5000, simple(960)), element('1c53bb6b', Buffer.alloc(50))], 6],
  ])('is where the last block ends if it has only clusters %s', async (_, clusters, seconds) => {
    expect((await read(info(), video, ...clusters)).seconds).toBeCloseTo(seconds, 6);
  });

  it('counts the last frame as long as the one before where no duration of a frame is known', async () => {
    const blocks = [simple(0, { number: 2 }), simple(250, { number: 2 }), simple(500, { number: 2 })];

    expect(await read(info(), video, cluster(1000, ...blocks))).toMatchObject({ seconds: 1.75 });
  });

  it('does not take the time between two tracks for that of a frame', async () => {
    const both = tracks(track(1, 1), track(2, 2));
    const blocks = [simple(0), simple(250), simple(0, { number: 2 }), simple(240, { number: 2 }), simple(500)];

    expect(await read(info(), both, cluster(1000, ...blocks))).toMatchObject({ seconds: 1.75 });
  });

  it('of 98 KB of laced blocks without a duration is known at once', async () => {
    const blocks = new Array<Buffer>(6000).fill(simple(0, { isLaced: true }));
    const { file, reads } = fileOf(info(), video, cluster(0, ...blocks));

    const before = process.cpuUsage();
    expect((await readHeader(file)).seconds).toBeCloseTo(256 * 0.04, 6);

    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
    expect(reads.length).toBeLessThan(20);
  });

  it.each([
    ['a recording that was never ended, and is long', streamedWebm, { format: 'webm' }],
    [
      'more clusters than are read',
      fileOf(info(), video, ...Array.from({ length: 200 }, () => cluster(0, element('a3', Buffer.alloc(40_000))))),
      { format: 'mkv' },
    ],
    ['what is no element', fileOf(info(), video, Buffer.alloc(50)), { format: 'mkv' }],
    [
      'a block that is too short',
      fileOf(info(), video, cluster(0, element('a3', Buffer.from([0x81])))),
      { format: 'mkv' },
    ],
    // The headers of a file and of a segment of 16,384 bytes, in which nothing is an element of it.
    [
      'junk',
      Buffer.concat([Buffer.from('1a45dfa3874282847765626d18538067204000', 'hex'), Buffer.alloc(16_384, 1)]),
      { format: 'webm' },
    ],
    [
      'its first bytes alone',
      Buffer.from('1a45dfa3a34286810142f7810142f2810442f381084282846d', 'hex'),
      { format: 'mkv' },
    ],
  ])('is unknown of %s', async (_, given, found) => {
    const { file, reads } = 'file' in given ? given : countedFile(given);

    const header = await readHeader(file);

    expect(header).toMatchObject(found);
    expect(header).not.toHaveProperty('seconds');
    expect(reads.length).toBeLessThanOrEqual(32);
  });
});

describe('the tracks of a Matroska file', () => {
  it('prove that it has nothing to show if they are of sound only', async () => {
    expect(await read(info(90), tracks(track(1, 2), track(2, 17)))).toEqual({ format: 'mkv', missing: 'video track' });
  });

  it('prove nothing where they are not whole', async () => {
    expect(await read(info(90), tracks(track(1, 2)).subarray(0, -3))).not.toHaveProperty('missing');
  });

  it('prove nothing where there are none', async () => {
    expect(await read(info(90), cluster(0))).toEqual({ format: 'mkv', seconds: 90 });
  });
});
