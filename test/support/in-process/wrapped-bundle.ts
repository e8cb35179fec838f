import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { buildSync } from 'esbuild';

/** What a bundle finds around it in place of the process's own, by their names in the wrapper. */
export const surroundings = [
  'module',
  'exports',
  'require',
  'process',
  'Date',
  'setTimeout',
  'console',
  'globalThis',
] as const;

const scripts = new Map<string, Script>();

/**
 * A function's bundle as a function of its surroundings, so that it can live in a process with others; nothing else of
 * it changes. It lies beside the bundle for the processes that come later.
 *
 * @throws when there is no bundle in the folder
 */
export function wrappedBundle(codeFolder: string): Script {
  const file = join(codeFolder, 'index.wrapped.cjs');
  if (!existsSync(file)) wrap(join(codeFolder, 'index.mjs'), file);
  const script = scripts.get(file) ?? new Script(readFileSync(file, 'utf8'), { filename: file });
  scripts.set(file, script);
  return script;
}

function wrap(bundle: string, file: string): void {
  const { outputFiles } = buildSync({
    entryPoints: [bundle],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(bundle).href) },
    logLevel: 'error',
  });
  // Several processes may do this at once, and none reads half of a file.
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `(function (${surroundings.join(', ')}) {${outputFiles[0]?.text}\n})`);
  renameSync(written, file);
}
