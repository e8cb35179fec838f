import { describe, expect, it } from 'vitest';
import { LineTooLong, readLineBatches, readLines, readNumberedLines } from '../../../../lambdas/shared/text/lines.ts';
import { allOf } from '../../../support/all-of.ts';

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function linesOf(text: string, chunkBytes = text.length * 4 + 1): Promise<string[]> {
  return allOf(readLines(chunksOf(Buffer.from(text), chunkBytes)));
}

describe('lines of a stream', () => {
  it.each([1, 2, 3, 5, 7, 1000])(
    'are whole when chunks of %i bytes cut through UTF-8 sequences',
    async (chunkBytes) => {
      const lines = ['{"a":"é"}', '{"b":"日本"}', '{"c":"🎬🎬"}', 'x'];

      expect(await linesOf(lines.join('\n'), chunkBytes)).toEqual(lines);
    },
  );

  it('are not split at U+2028 or U+2029, which JSON allows inside a string', async () => {
    const line = JSON.stringify({ text: 'one\u2028two\u2029three\u0085four' });

    const lines = await linesOf(`${line}\n${line}\n`);

    expect(lines).toEqual([line, line]);
    expect(lines.map((text) => JSON.parse(text).text)).toEqual(Array(2).fill('one\u2028two\u2029three\u0085four'));
  });

  it.each([
    ['without a newline at the end', 'a\nb', ['a', 'b']],
    ['with one', 'a\nb\n', ['a', 'b']],
    ['with Windows line ends', 'a\r\nb\r\n', ['a', 'b']],
    ['with empty lines', '\n\na\n \n\r\n\nb\n\n', ['a', 'b']],
    ['of nothing', '', []],
    ['of one newline', '\n', []],
  ])('%s are the same lines', async (_, text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
    expect(await linesOf(text, 1)).toEqual(lines);
  });

  it('come one by one, before the stream has ended', async () => {
    const taken: string[] = [];
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a\nb');
      taken.push('second chunk asked for');
      yield Buffer.from('\nc\n');
    }

    for await (const line of readLines(chunks())) taken.push(line);

    expect(taken).toEqual(['a', 'second chunk asked for', 'b', 'c']);
  });

  it('come many at a time to whoever asks for that, and the same', async () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `${at} ${'é'.repeat(at % 50)}!`);
    const chunks = () => chunksOf(Buffer.from(lines.join('\n\n')), 100_000);

    const batches = await allOf(readLineBatches(chunks()));

    expect(batches.flat()).toEqual(lines);
    expect(await allOf(readLines(chunks()))).toEqual(lines);
    expect(batches.length).toBeLessThan(20);
  });
});

describe('the limit of a line', () => {
  const mebibyte = Buffer.alloc(1024 * 1024, 'x');
  async function* mebibytes(count: number, end: string): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < count; at++) yield mebibyte;
    yield Buffer.from(end);
  }

  it('takes a line of 64 MiB', async () => {
    const lengths: number[] = [];
    for await (const line of readLines(mebibytes(64, '\nnext\n'))) lengths.push(line.length);

    expect(lengths).toEqual([64 * 1024 * 1024, 4]);
  });

  it('is counted for each line, whatever the stream comes to', async () => {
    const half = Buffer.alloc(512 * 1024, 'x');
    async function* lines(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 140; at++) yield* [half, Buffer.from('\n')];
    }

    let count = 0;
    for await (const line of readLines(lines())) count += line.length / half.length;
    expect(count).toBe(140);
  });

  it('refuses one byte more without holding the rest in memory', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; given < 1000; given++) yield mebibyte;
    }

    await expect(allOf(readLines(endless()))).rejects.toThrow('expected JSON lines of at most 64 MiB');
    await expect(allOf(readLines(mebibytes(64, 'x')))).rejects.toThrow(RangeError);
    expect(given).toBe(64);
  });

  it.each([1, 4, 1000])(
    'of a reader that gives one holds for whole lines too, with their number (%i)',
    async (size) => {
      const read = (text: string) => allOf(readNumberedLines(chunksOf(Buffer.from(text), size), 5));

      expect(await read('a\n\n12345\n \nb')).toEqual([
        { number: 1, text: 'a' },
        { number: 3, text: '12345' },
        { number: 5, text: 'b' },
      ]);
      await expect(read('a\n\n123456\nb')).rejects.toMatchObject({ name: 'LineTooLong', line: 3, maxBytes: 5 });
      await expect(read('a\n123456')).rejects.toThrow(LineTooLong);
    },
  );
});
