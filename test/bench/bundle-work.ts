import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from '../../lib/stack/functions/bundles.ts';

/**
 * Bundles what is measured as the functions are bundled, but with its names, for profiles: loading many small files
 * would be most of what a process does.
 *
 * @returns the file to run, in a folder that is the caller's to remove
 */
export async function bundleWork(): Promise<{ file: string; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'media-batch-work-'));
  const entry = fileURLToPath(new URL('work.ts', import.meta.url));
  await build({
    ...bundleOptions(folder),
    ...{ entryPoints: { work: entry }, minify: false },
  });
  return { file: join(folder, 'work.mjs'), folder };
}
