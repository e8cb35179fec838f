import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { variants } from './broken.ts';
import { runSeed } from './run-seed.ts';
import { prepareStack } from './stack.ts';

/** Beside those of the seeds that `npm run chaos` may be running. */
const port = 31_000 + (process.pid % 1_000);
const root = join(import.meta.dirname, '../..');

describe('chaos', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-test-'));
  let templateFile: string;

  beforeAll(async () => {
    templateFile = await prepareStack(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the same history for the same seed, and another for another', async () => {
    const digests: string[] = [];
    for (const seed of [5, 5, 9]) {
      const { digest, broken } = await runSeed(seed, { templateFile, port });
      digests.push(digest);
      expect(broken).toEqual([]);
    }
    const [first, again, other] = digests;
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('gives the same history beside a process that listens at its port', async () => {
    const alone = await runSeed(9, { templateFile, port });
    const other = createServer();
    await once(other.listen(port, '127.0.0.1'), 'listening');

    try {
      expect(await runSeed(9, { templateFile, port })).toEqual(alone);
    } finally {
      await once(other.close(), 'close');
    }
  });
});

describe('a variant that is broken on purpose', () => {
  const patches = Object.entries(variants).flatMap(([name, variant]) =>
    variant.patches.map((patch) => ({ name, ...patch })),
  );

  it.each(patches)('$name still finds what it replaces in $file', ({ file, find }) => {
    expect(readFileSync(join(root, file), 'utf8').split(find)).toHaveLength(2);
  });
});
