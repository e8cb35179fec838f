import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type FileToRead, headerReader } from '../../../../lambdas/plan-run/inspect/header-reader.ts';
import { readHeader } from '../../../../lambdas/plan-run/inspect/read-header.ts';
import { contentOf, strangers } from '../../../support/strangers.ts';
import { countedFile } from '../../../support/video-files.ts';

const fileOf = (content: Buffer): FileToRead => ({
  size: content.length,
  read: async ({ offset, bytes }) => content.subarray(offset, offset + bytes),
});

const sizes = { loops: 666, grows: 667, waits: 668, exits: 669 };

/** A worker with bugs: it returns the first byte of a file as its seconds, or does worse, by the file's size. */
const worker = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ file, size, bytes }) => {
      if (size === ${sizes.loops}) for (;;);
      if (size === ${sizes.grows}) for (const all = []; ; ) all.push({ a: all.length });
      if (size === ${sizes.exits}) process.exit();
      if (size === ${sizes.waits}) return;
      if (size) parentPort.postMessage({ file, need: { offset: 0, bytes: 1 } });
      else parentPort.postMessage({ file, header: { seconds: bytes?.[0] } });
    });
    parentPort.postMessage('started');`)}`,
);

const nothing = (size: number): FileToRead => ({ size, read: async () => undefined });
const seconds = (number: number): FileToRead => ({ size: 1, read: async () => Uint8Array.of(number) });

describe('headers read in a worker', () => {
  it('are those of the files, many at once', async () => {
    const reader = headerReader();
    const here = await Promise.all(strangers.map((stranger) => readHeader(countedFile(contentOf(stranger)).file)));

    const there = await Promise.all(strangers.map((stranger) => reader.read(fileOf(contentOf(stranger)))));

    expect(there).toEqual(here);
  });

  it('know nothing of a file that cannot be read', async () => {
    expect(await headerReader().read(nothing(100))).toEqual({ isUnfinished: true });
  });

  it.each(['loops', 'grows', 'exits'] as const)(
    'are all there but that of a file for which the worker %s',
    async (how) => {
      const reader = headerReader(worker);
      const numbers = [1, 2, 3, 4, 5];

      const headers = await Promise.all([
        ...numbers.map((number) => reader.read(seconds(number))),
        reader.read(nothing(sizes[how])),
        ...numbers.map((number) => reader.read(seconds(number))),
      ]);

      const others = numbers.map((number) => ({ seconds: number }));
      expect(headers).toEqual([...others, undefined, ...others]);
      expect(await reader.read(seconds(6))).toEqual({ seconds: 6 });
    },
  );

  it('are given up where no answer comes though the worker does nothing', async () => {
    const reader = headerReader(worker, { cpuMs: 60_000, answerMs: 50 });

    expect(await Promise.all([reader.read(nothing(sizes.waits)), reader.read(seconds(2))])).toEqual([
      undefined,
      { seconds: 2 },
    ]);
  });

  it('begin again with a new worker, and bytes for the old one are nobody’s', async () => {
    const reader = headerReader(worker);
    const asked: PromiseWithResolvers<Uint8Array>[] = [];
    const slow = reader.read({
      size: 1,
      read: () => {
        const bytes = Promise.withResolvers<Uint8Array>();
        asked.push(bytes);
        return bytes.promise;
      },
    });

    expect(await reader.read(nothing(sizes.exits))).toBeUndefined();
    expect(await reader.read(seconds(3))).toEqual({ seconds: 3 });

    const [first, second] = asked;
    first?.resolve(Uint8Array.of(1));
    second?.resolve(Uint8Array.of(2));
    expect(asked).toHaveLength(2);
    expect(await slow).toEqual({ seconds: 2 });
  });

  it('are an error where the worker does not start, each time', async () => {
    const reader = headerReader(new URL('./no-such-worker.mjs', import.meta.url));

    await expect(reader.read(seconds(1))).rejects.toThrow('no-such-worker.mjs');
    await expect(reader.read(seconds(1))).rejects.toThrow('no-such-worker.mjs');
  });

  it.each([
    ['that was read', undefined, 9, { format: 'flv' }],
    ['that was given up', worker, sizes.exits, 'nothing'],
  ])('do not keep a process alive after a file %s', (_, workerUrl, size, header) => {
    const module = new URL('../../../../lambdas/plan-run/inspect/header-reader.ts', import.meta.url);
    const script = `
      const { headerReader } = await import(${JSON.stringify(module)});
      const file = { size: ${size}, read: async () => Buffer.from('FLV\\x01     ') };
      const reader = headerReader(${workerUrl && `new URL(${JSON.stringify(workerUrl)})`});
      console.log(JSON.stringify((await reader.read(file)) ?? 'nothing'));`;

    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });

    expect(JSON.parse(output)).toEqual(header);
  });
});
