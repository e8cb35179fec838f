import { copyFileSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { environmentSchemas } from '../../../lambdas/shared/runtime/environment.ts';

const lambdasFolder = fileURLToPath(new URL('../../../lambdas', import.meta.url));

/** What CommonJS inside an ES module calls; the name must meet none inside the bundle. */
const requireBanner =
  "import{createRequire as bannerRequire}from'node:module';const require=bannerRequire(import.meta.url);";

/** What lies in the folder of a step: its bundle and what that loads, at once or later. */
export interface Bundle {
  /** Of all its files together. */
  bytes: number;
  /** Files of the source that are in it. */
  inputs: ReadonlySet<string>;
}

/**
 * Bundles every step into a folder of its own: `<step>/index.mjs`, and beside it what it shares with other steps or loads only when it is
 * needed, such as the reading of videos. A cold start reads a quarter to a third less than of one file. The AWS SDK is in it, because the
 * runtime's own is older than fields we use. One esbuild call makes them all and reads the SDK once; a process per function, as
 * NodejsFunction has it, takes several times as long.
 */
export function bundleSteps(outFolder: string): Record<string, Bundle> {
  const { metafile, outputFiles } = buildSync({ ...bundleOptions(outFolder), metafile: true, write: false });
  const contents = new Map(outputFiles.map((file) => [basename(file.path), file.contents]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const bundles = Object.keys(environmentSchemas).map((step) => {
    const folder = join(outFolder, step);
    mkdirSync(folder, { recursive: true });
    let bytes = 0;
    const inputs = new Set<string>();
    for (const name of loadedBy(`${step}.mjs`, outputs)) {
      const output = outputs.get(name);
      writeFileSync(join(folder, name === `${step}.mjs` ? 'index.mjs' : name), contents.get(name) ?? '');
      bytes += output?.bytes ?? 0;
      for (const input of Object.keys(output?.inputs ?? {})) inputs.add(input);
    }
    return [step, { bytes, inputs }] as const;
  });
  // What the step reads at load, relative to its own module.
  for (const file of globSync(join(lambdasFolder, 'report-run/page/page.{css,js}'))) {
    copyFileSync(file, join(outFolder, 'report-run', basename(file)));
  }
  return Object.fromEntries(bundles);
}

/** A file and all that it imports, directly or not. */
function loadedBy(entry: string, outputs: ReadonlyMap<string, Metafile['outputs'][string]>): Set<string> {
  const names = new Set([entry]);
  for (const name of names) {
    for (const { path, external } of outputs.get(name)?.imports ?? []) if (!external) names.add(basename(path));
  }
  return names;
}

/** How esbuild makes the bundles: all in one folder, each under the name of its step. */
export function bundleOptions(outFolder: string): BuildOptions {
  return {
    entryPoints: Object.fromEntries(
      Object.keys(environmentSchemas).map((step) => [step, join(lambdasFolder, step, 'handler.ts')]),
    ),
    outdir: outFolder,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: requireBanner },
    legalComments: 'none',
    logLevel: 'error',
  };
}
