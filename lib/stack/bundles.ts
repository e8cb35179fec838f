import { copyFileSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { environmentSchemas } from '../../lambdas/shared/environment.ts';

const lambdasFolder = fileURLToPath(new URL('../../lambdas', import.meta.url));

/** What CommonJS inside an ES module calls; the name must meet none inside the bundle. */
const requireBanner =
  "import{createRequire as bannerRequire}from'node:module';const require=bannerRequire(import.meta.url);";

/**
 * Bundles every step as one ES module, `<step>/index.mjs` in a folder. The AWS SDK is in it, because the runtime's own is older
 * than fields we use. One esbuild call makes them all and reads the SDK once; a process per function, as NodejsFunction has
 * it, takes several times as long.
 */
export function bundleSteps(outFolder: string): void {
  buildSync(bundleOptions(outFolder));
  copyBesideBundles(outFolder);
}

/** Copies what a step reads at load, relative to its own module, to where its bundle lies. */
export function copyBesideBundles(outFolder: string): void {
  for (const file of globSync(join(lambdasFolder, 'report-run/page/page.{css,js}'))) {
    copyFileSync(file, join(outFolder, 'report-run', basename(file)));
  }
}

/** How esbuild makes the bundles. */
export function bundleOptions(outFolder: string): BuildOptions {
  return {
    entryPoints: Object.fromEntries(
      Object.keys(environmentSchemas).map((step) => [join(step, 'index'), join(lambdasFolder, step, 'handler.ts')]),
    ),
    outdir: outFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
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
