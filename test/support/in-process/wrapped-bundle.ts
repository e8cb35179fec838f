import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';

/** What a bundle finds around it in place of the process's own, by their names in the wrapper. */
export const surroundings = ['module', 'exports', 'require', 'process', 'Date', 'setTimeout', 'console'] as const;

/** The bundle as a function of its surroundings, beside the one that was synthesized. */
export const wrappedFile = 'index.wrapped.cjs';

/**
 * Wraps every bundle beside a synthesized template into a function of its surroundings, so that it can live in a process with
 * others. Nothing else of it changes.
 *
 * @throws when there is no bundle
 */
export function wrapBundles(outFolder: string): void {
  const folders = readdirSync(outFolder).filter((name) => name.startsWith('asset.'));
  const bundles = folders.map((name) => join(outFolder, name, 'index.mjs'));
  if (bundles.length === 0) throw new Error(`No bundle lies in ${outFolder}, expected one of each function there.`);
  for (const file of bundles) {
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      format: 'cjs',
      platform: 'node',
      target: 'node24',
      supported: { 'dynamic-import': false },
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) },
    });
    writeFileSync(join(file, '..', wrappedFile), `(function (${surroundings.join(', ')}) {${code}\n})`);
  }
}
