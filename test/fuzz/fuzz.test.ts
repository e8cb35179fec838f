import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const program = join(import.meta.dirname, 'main.ts');

describe('the headers of broken files', () => {
  it.each([
    ['always the same', 20_261_130],
    ['new each time', Date.now() % 1_000_000],
  ])('are read in bounded time and memory, %s: seed %i', async (_, seed) => {
    const args = ['--expose-gc', program, '--count', '1000', '--seed', String(seed)];

    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error);

    // What is wrong names the seed and the number of the input.
    expect(stdout).toMatch(/^\{"count":1000,/);
  });
});
