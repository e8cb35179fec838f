import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDataFolder } from '../../../lib/local-aws/data-folder.ts';

let parent: string;
let path: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'data-folder-'));
  path = join(parent, 'not', 'there', 'yet');
});

afterEach(() => rmSync(parent, { recursive: true }));

/** Runs `code` in another process, with `openDataFolder` and `path` at hand. */
function elsewhere(code: string) {
  const module = new URL('../../../lib/local-aws/data-folder.ts', import.meta.url).href;
  const script = `const { openDataFolder } = await import(${JSON.stringify(module)});
    const path = process.argv[1]; ${code}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script, path], { encoding: 'utf8' });
}

it('is made when it is not there', () => {
  const folder = openDataFolder(path);

  expect(folder.path).toBe(path);
  expect(existsSync(path)).toBe(true);
  folder.close();
});

it('remembers the time that was saved last', () => {
  const first = openDataFolder(path);
  expect(first.lastTime()).toBe(0);
  first.saveTime(1_795_000_000_000);
  first.saveTime(1_795_000_000_001);
  first.close();

  const second = openDataFolder(path);
  expect(second.lastTime()).toBe(1_795_000_000_001);
  second.close();
});

it('is refused in one sentence while another local AWS has it, in this process or in another', () => {
  const folder = openDataFolder(path);

  expect(() => openDataFolder(path)).toThrow(
    `The data folder ${path} is in use by another local AWS: stop that one, or choose another folder with --data.`,
  );
  expect(elsewhere('openDataFolder(path)').stderr).toContain(`The data folder ${path} is in use by another local AWS`);
  folder.close();
});

it('is free again after a local AWS that was killed, with the time that it saved', () => {
  const killed = elsewhere("openDataFolder(path).saveTime(1795000000000); process.kill(process.pid, 'SIGKILL');");

  const folder = openDataFolder(path);

  expect(killed.signal).toBe('SIGKILL');
  expect(folder.lastTime()).toBe(1_795_000_000_000);
  folder.close();
});
