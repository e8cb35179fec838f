import { describe, expect, it } from 'vitest';
import { inParts, partBuffer, partLimits } from '../../../../lambdas/shared/text/upload-parts.ts';
import { allOf } from '../../../support/all-of.ts';

const MiB = 1024 * 1024;

function partsOf(pieces: Iterable<string | Uint8Array>): Buffer[] {
  const parts = partBuffer();
  for (const piece of pieces) parts.add(piece);
  return parts.takeAll();
}

describe('the parts of an upload', () => {
  it('have the texts and bytes that were added, in their order', () => {
    const pieces = ['é', Buffer.from('日本'), '', '🎬'.repeat(100_000), Buffer.alloc(300_000, 'b'), '\ud800', 'end'];

    const expected = Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
    expect(Buffer.concat(partsOf(pieces)).equals(expected)).toBe(true);
  });

  it('are none where nothing was added', () => {
    expect(partsOf([])).toEqual([]);
    expect(partsOf([''])).toEqual([]);
  });

  it('have about 8 MiB of many small pieces', () => {
    const line = 'x'.repeat(999);
    const sizes = partsOf(Array.from({ length: 30_000 }, () => `${line}\n`)).map((part) => part.length);

    expect(sizes).toHaveLength(4);
    for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThan(7.9 * MiB);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8 * MiB);
  });

  it.each([
    ['a long text after a short one', [1, 20 * MiB, 1]],
    ['long ones in a row', [9 * MiB, 9 * MiB, 9 * MiB]],
    ['one that leaves too little before it', [4 * MiB, 5 * MiB, 4 * MiB, 5 * MiB]],
    ['texts that might need three times as much', [3 * MiB, 3 * MiB, 3 * MiB, 3 * MiB, 3 * MiB]],
  ])('but for the last are none that S3 would refuse as too small, with %s', (_, lengths) => {
    const texts = lengths.map((length) => 'x'.repeat(length));
    for (const pieces of [texts, texts.map((text) => Buffer.from(text))]) {
      const sizes = partsOf(pieces).map((part) => part.length);

      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(lengths.reduce((sum, length) => sum + length, 0));
      for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThanOrEqual(partLimits.minBytes);
    }
  });

  it('are given once, as soon as they are full, and stay as they were', () => {
    const parts = partBuffer();
    parts.add(Buffer.alloc(6 * MiB, 'a'));
    expect(parts.takeFull()).toEqual([]);

    parts.add(Buffer.alloc(6 * MiB, 'b'));
    const [first, ...others] = parts.takeFull();
    parts.add('c');

    expect(others).toEqual([]);
    expect(parts.takeFull()).toEqual([]);
    expect(first?.equals(Buffer.alloc(6 * MiB, 'a'))).toBe(true);
    expect(parts.takeAll().map((part) => part.length)).toEqual([6 * MiB + 1]);
  });

  it('may be begun anew in the same memory', () => {
    const parts = partBuffer();
    parts.add('x'.repeat(2 * MiB));
    const [first] = parts.takeAll();

    parts.clear();
    parts.add('another upload');

    const [second] = parts.takeAll();
    expect(String(second)).toBe('another upload');
    expect(second?.buffer).toBe(first?.buffer);
  });

  it('of little take little memory', () => {
    const [part] = partsOf(['a line\n']);

    expect(part?.buffer.byteLength).toBeLessThan(MiB / 8);
  });
});

it('lines are written with their newlines, whether they come alone or many at a time', async () => {
  async function* lines() {
    yield 'a';
    yield ['b', 'ü'];
    yield [];
  }

  expect(Buffer.concat(await allOf(inParts(lines()))).toString()).toBe('a\nb\nü\n');
  expect(Buffer.concat(await allOf(inParts(['x']))).toString()).toBe('x\n');
  expect(await allOf(inParts([]))).toEqual([]);
});
