import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bin, runNode } from './child.ts';

/** Runs a script by a Node.js that says it is this version. */
function start(args: string[], nodeVersion = process.versions.node) {
  const versions = encodeURIComponent(JSON.stringify({ ...process.versions, node: nodeVersion }));
  return runNode([
    '--import',
    `data:text/javascript,Object.defineProperty(process,'versions',{value:${versions}})`,
    ...args,
  ]);
}

describe('the executable', () => {
  it('runs the command line and exits with its code', async () => {
    const [help, unknown] = await Promise.all([start([bin, '--help']), start([bin, 'unknown'])]);

    expect(help).toMatchObject({ exitCode: 0, err: '' });
    expect(help.out).toContain('Usage: media-batch');
    expect(unknown).toMatchObject({ exitCode: 1, out: '' });
  });

  it.each(['12.22.12', '20.20.2', '23.11.1'])('says in one sentence that Node.js %s is too old', async (version) => {
    const { exitCode, out, err } = await start([bin, 'demo'], version);

    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toMatch(
      new RegExp(`^error: media-batch runs on Node.js 24 or newer, got ${version} at .+: run "npm ci".+\n$`),
    );
  });

  it('can be parsed by a Node.js of 2020', async () => {
    const source = await readFile(bin, 'utf8');
    const supported = { 'dynamic-import': true };

    const { code: today } = await transform(source, { target: 'esnext' });
    const { code: then } = await transform(source, { target: 'node12', supported });

    expect(then).toBe(today);
  });

  it('says what to do where the packages are not installed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'media-batch-bin-'));
    try {
      await cp(join(bin, '../../../package.json'), join(folder, 'package.json'));
      await cp(join(bin, '..'), join(folder, 'lib/cli'), { recursive: true });

      const { exitCode, err } = await start([join(folder, 'lib/cli/bin.mjs')]);

      expect(exitCode).toBe(1);
      expect(err).toMatch(/^error: a package is missing \(.+\): run "npm ci" first\.\n$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
