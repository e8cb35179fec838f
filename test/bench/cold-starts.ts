import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions, bundleSteps } from '../../lib/stack/functions/bundles.ts';
import { stepEnvironment } from '../support/step-environment.ts';
import { medianOf } from './median.ts';
import { runIn, type Usage, usageSchema } from './processes.ts';

/**
 * The cold start of a function: what Lambda does before the first invocation, beside importing its SDK clients alone.
 */
export interface ColdStart {
  step: string;
  bundleBytes: number;
  ownMs: number;
  floorMs: number;
}

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The most that a cold start may take as a multiple of its floor, and the most bytes of a bundle. */
export const coldStartLimits = { factor: 1.5, bundleBytes: 1_500_000 };

/**
 * Imports each function's bundle, and a bundle with the same names from the same SDK packages and nothing else, in
 * turn, each time in a fresh process. That one is a single file, as it is when functions are bundled in the ordinary
 * way. The time is that of the processor: how soon files are read is not what is asked.
 */
export async function measureColdStarts(steps: readonly string[], repetitions: number): Promise<ColdStart[]> {
  const folder = mkdtempSync(join(tmpdir(), 'media-batch-bundles-'));
  try {
    const bundles = bundleSteps(join(folder, 'own'));
    const found: ColdStart[] = [];
    for (const [step, { bytes: bundleBytes, inputs }] of Object.entries(bundles)) {
      if (!steps.includes(step)) continue;
      const own = join(folder, 'own', step, 'index.mjs');
      const floor = join(folder, 'floor', `${step}.mjs`);
      await buildFloor(floor, inputs);
      const times: Record<'own' | 'floor', number[]> = { own: [], floor: [] };
      for (let attempt = 0; attempt < repetitions; attempt++) {
        times.own.push((await importOf(own)).cpuMs);
        times.floor.push((await importOf(floor)).cpuMs);
      }
      const [ownMs, floorMs] = [medianOf(times.own), medianOf(times.floor)];
      found.push({ step, bundleBytes, ownMs, floorMs });
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function importOf(bundle: string): Promise<Usage> {
  const environment = { ...stepEnvironment, AWS_REGION: 'us-east-1' };
  return runIn('import-bundle.ts', { args: [bundle], environment, schema: usageSchema });
}

async function buildFloor(outfile: string, inputs: Iterable<string>): Promise<void> {
  const byPackage = new Map<string, Set<string>>();
  for (const input of inputs) {
    if (!/(^|\/)lambdas\//.test(input) || input.includes('node_modules')) continue;
    for (const [, names = '', from = ''] of readFileSync(input, 'utf8').matchAll(sdkImport)) {
      const known = byPackage.get(from) ?? new Set();
      byPackage.set(from, known);
      for (const name of names.split(',').map((each) => each.trim())) {
        if (name !== '' && !name.startsWith('type ')) known.add(name);
      }
    }
  }
  const all = [...byPackage].filter(([, names]) => names.size > 0);
  const contents = [
    ...all.map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}';`),
    `export const all = [${all.flatMap(([, names]) => [...names]).join(', ')}];`,
  ].join('\n');
  const { entryPoints: _entryPoints, outdir: _outdir, outExtension: _outExtension, ...options } = bundleOptions('');
  await build({ ...options, splitting: false, stdin: { contents, resolveDir: repository, loader: 'ts' }, outfile });
}

const sdkImport = /^import \{([^}]*)\} from '(@aws-sdk\/[^']+)';/gm;
