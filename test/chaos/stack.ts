import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { synthesize } from '../../lib/stack/synthesize.ts';
import type { Patch } from './broken.ts';
import { settings } from './quotas.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const synthesizeSchema = z.object({ synthesize: z.custom<typeof synthesize>((value) => typeof value === 'function') });

/**
 * Synthesizes the stack for the seeds, as it is or with patches in a copy of its source, and gives the template's file.
 */
export async function prepareStack(folder: string, patches: readonly Patch[] = []): Promise<string> {
  const outFolder = join(folder, 'stack');
  const options = { outFolder, environment: {}, region: 'us-east-1', context: settings };
  return (patches.length === 0 ? synthesize(options) : (await patched(folder, patches))(options)).templateFile;
}

/** @throws when a snippet is not, or not only once, where a patch expects it */
async function patched(folder: string, patches: readonly Patch[]): Promise<typeof synthesize> {
  const copy = join(folder, 'source');
  mkdirSync(copy, { recursive: true });
  for (const name of ['lambdas', 'lib', 'cdk.json', 'package.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, find, put } of patches) {
    const path = join(copy, file);
    const parts = readFileSync(path, 'utf8').split(find);
    if (parts.length !== 2) {
      throw new Error(`${file} has the snippet ${parts.length - 1} times, expected it once, adapt broken.ts: ${find}`);
    }
    writeFileSync(path, parts.join(put));
  }
  const url = pathToFileURL(join(copy, 'lib/stack/synthesize.ts')).href;
  return synthesizeSchema.parse(await import(url)).synthesize;
}
