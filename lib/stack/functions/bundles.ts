import { copyFileSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { environmentSchemas } from '../../../lambdas/shared/runtime/environment.ts';

const lambdasFolder = fileURLToPath(new URL('../../../lambdas', import.meta.url));

/** Files that a step starts as threads, by the names that they have beside its bundle. */
const workers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'plan-run': { 'header-worker': 'plan-run/inspect/header-worker.ts' },
};

/** `require` for CommonJS inside the ES module, under a name that no bundle has. */
const requireBanner =
  "import{createRequire as bannerRequire}from'node:module';const require=bannerRequire(import.meta.url);";

/** The files in the folder of a step: its bundle and all that the bundle loads, at once or later. */
export interface Bundle {
  /** Of all files. */
  bytes: number;
  /** Source files in it. */
  inputs: ReadonlySet<string>;
}

/**
 * Bundles every step into a folder of its own: `<step>/index.mjs`, and beside it the code that it shares with other
 * steps, loads later, or starts as a thread.
 *
 * A cold start reads a quarter to a third less than from one file. The AWS SDK is included, because the runtime's own
 * lacks fields that we use. One esbuild call reads the SDK once; a process per function, as with NodejsFunction, takes
 * several times as long.
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
    const entries = [step, ...Object.keys(workers[step] ?? {})].map((name) => `${name}.mjs`);
    for (const name of loadedBy(entries, outputs)) {
      const output = outputs.get(name);
      writeFileSync(join(folder, name === `${step}.mjs` ? 'index.mjs' : name), contents.get(name) ?? '');
      bytes += output?.bytes ?? 0;
      for (const input of Object.keys(output?.inputs ?? {})) inputs.add(input);
    }
    return [step, { bytes, inputs }] as const;
  });
  // report-run reads these when it is loaded, relative to its own module.
  for (const file of globSync(join(lambdasFolder, 'report-run/page/page.{css,js}'))) {
    copyFileSync(file, join(outFolder, 'report-run', basename(file)));
  }
  return Object.fromEntries(bundles);
}

/** Names of files and of all files that they import, directly or not. */
function loadedBy(entries: readonly string[], outputs: ReadonlyMap<string, Metafile['outputs'][string]>): Set<string> {
  const names = new Set(entries);
  for (const name of names) {
    for (const { path, external } of outputs.get(name)?.imports ?? []) if (!external) names.add(basename(path));
  }
  return names;
}

/** Options with which esbuild writes all bundles into one folder, each under the name of its step. */
export function bundleOptions(outFolder: string): BuildOptions {
  return {
    entryPoints: Object.fromEntries(
      Object.keys(environmentSchemas)
        .flatMap((step) => Object.entries({ [step]: `${step}/handler.ts`, ...workers[step] }))
        .map(([name, file]) => [name, join(lambdasFolder, file)]),
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
