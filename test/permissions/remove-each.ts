import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pMap from 'p-map';
import { synthesize } from '../../lib/stack/synthesize.ts';
import { readUse } from '../support/permission-use.ts';
import { type Removal, removalsOf } from './removals.ts';

// Shows that every permission that the end-to-end tests use is needed: it takes one action after the other out of one
// statement of the template, and runs the tests that have used it until one fails. With words as arguments it does so
// only for the removals that have them all in their name, e.g. `StartJob PassRole`. What the tests use is taken from
// the folder in MEDIA_BATCH_TEST_PERMISSIONS, if an earlier run of them has filled it; else they are run first.

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'media-batch-removals-'));
const words = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs tests over a template; resolves to whether all of them passed. */
function testsPass(files: string[], environment: Record<string, string>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', '--project', 'rest', '--bail', '1', ...files], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** The first test file that fails without a permission; undefined when none does. */
async function caughtBy({ template, testFiles }: Removal, index: number, whole: string): Promise<string | undefined> {
  const outFolder = join(folder, `without-${index}`);
  const templateFile = join(outFolder, basename(whole));
  cpSync(join(whole, '..'), outFolder, { recursive: true });
  writeFileSync(templateFile, template);
  try {
    for (const file of testFiles) {
      const passed = await testsPass([join('test', 'end-to-end', file)], {
        MEDIA_BATCH_TEST_TEMPLATE: templateFile,
        MEDIA_BATCH_TEST_PERMISSIONS: join(outFolder, 'permissions'),
      });
      if (!passed) return file;
    }
    return undefined;
  } finally {
    rmSync(outFolder, { recursive: true, force: true });
  }
}

try {
  const { templateFile } = synthesize({ outFolder: join(folder, 'whole') });
  const { MEDIA_BATCH_TEST_PERMISSIONS: permissions = join(folder, 'permissions') } = process.env;
  if (!existsSync(permissions)) {
    say('The end-to-end tests with all permissions …');
    const whole = { MEDIA_BATCH_TEST_TEMPLATE: templateFile, MEDIA_BATCH_TEST_PERMISSIONS: permissions };
    if (!(await testsPass([join('test', 'end-to-end')], whole)))
      throw new Error('The tests fail with all permissions.');
  }
  const removals = removalsOf(readFileSync(templateFile, 'utf8'), readUse(permissions)).filter(({ name }) =>
    words.every((word) => name.includes(word)),
  );
  const [quickest = ''] = removals.flatMap(({ testFiles }) => testFiles);
  const nothing = { name: 'nothing', template: readFileSync(templateFile, 'utf8'), testFiles: [quickest] };
  if (await caughtBy(nothing, -1, templateFile)) throw new Error(`${quickest} fails though nothing was removed.`);
  let survivors = 0;
  const tryOut = async (removal: Removal, index: number) => {
    const file = await caughtBy(removal, index, templateFile);
    if (file === undefined) survivors += 1;
    say(`${file === undefined ? 'NOT NOTICED' : 'noticed'} ${removal.name}${file ? ` (${file})` : ''}`);
  };
  await pMap(removals, tryOut, { concurrency: 2 });
  say(`${removals.length} permissions removed one by one, ${removals.length - survivors} noticed, ${survivors} not.`);
  if (survivors > 0 || removals.length === 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
