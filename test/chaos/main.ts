import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { variants } from './broken.ts';
import { keptSeeds } from './kept-seeds.ts';
import { prepareStack } from './stack.ts';
import { runSeeds, type TimedResult } from './workers.ts';

const usage = 'npm run chaos -- [--seeds N] [--seed S] [--keep DIR] [--broken VARIANT] [--prove]';
const say = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    keep: { type: 'string' },
    broken: { type: 'string' },
    prove: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const count = wholeNumber('seeds', values.seeds);
const first = wholeNumber('seed', values.seed ?? '1');
const workers = wholeNumber('workers', values.workers);
const asked = Array.from({ length: count }, (_, at) => first + at);
// Those that once found something come first, unless others are asked for or the proof is whether any would.
const isWholeSet = values.seed === undefined && !values.prove;
const seeds = [...new Set([...(isWholeSet ? keptSeeds.map(({ seed }) => seed) : []), ...asked])];
const keep = values.keep === undefined ? undefined : resolve(values.keep);
if (keep) mkdirSync(keep, { recursive: true });

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} is "${text}", expected a whole number: ${usage}`);
}

async function withStack<T>(variant: string | undefined, use: (templateFile: string) => Promise<T>): Promise<T> {
  const patches = variant === undefined ? [] : variants[variant]?.patches;
  if (!patches)
    throw new Error(`There is no variant "${variant}", expected one of ${Object.keys(variants).join(', ')}.`);
  const folder = mkdtempSync(join(tmpdir(), 'chaos-stack-'));
  try {
    return await use(await prepareStack(folder, patches));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs all seeds and says what came of them. */
async function runAll(variant: string | undefined): Promise<boolean> {
  const startedAt = performance.now();
  const slowest: TimedResult[] = [];
  let [passed, failed] = [0, 0];
  function onResult(result: TimedResult): boolean {
    slowest.push(result);
    if (result.broken.length === 0) passed += 1;
    else {
      failed += 1;
      say(`seed ${result.seed} failed:`);
      for (const sentence of result.broken.slice(0, 10)) say(`  ${sentence}`);
      if (result.broken.length > 10) say(`  and ${result.broken.length - 10} more`);
      const rest = variant === undefined ? '' : ` --broken ${variant}`;
      say(`  repeat it with: npm run chaos -- --seed ${result.seed} --seeds 1${rest}`);
    }
    return false;
  }
  await withStack(variant, (templateFile) => runSeeds({ seeds, workers, templateFile, keep, onResult }));
  slowest.sort((a, b) => b.ms - a.ms);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const slow = slowest.slice(0, 3).map(({ seed, ms }) => `${seed} (${(ms / 1000).toFixed(1)} s)`);
  say(`${seeds.length} seeds in ${seconds} s, the slowest were ${slow.join(', ')}`);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

/** Runs each broken variant until it is found. */
async function prove(): Promise<boolean> {
  let [found, missed] = [0, 0];
  for (const [name, { breaks }] of Object.entries(variants)) {
    if (values.broken !== undefined && values.broken !== name) continue;
    let tried = 0;
    let sentence: string | undefined;
    const onResult = ({ seed, broken }: TimedResult) => {
      tried += 1;
      sentence ??= broken.filter((each) => each.startsWith(`${breaks}:`)).map((each) => `seed ${seed}: ${each}`)[0];
      return sentence !== undefined;
    };
    await withStack(name, (templateFile) => runSeeds({ seeds, workers, templateFile, onResult }));
    if (sentence === undefined) missed += 1;
    else found += 1;
    say(`${name.padEnd(16)} ${sentence === undefined ? 'NOT FOUND' : 'found'} after ${tried} seeds  ${sentence ?? ''}`);
  }
  say(`${found} passed, ${missed} failed`);
  return missed === 0;
}

const isGood = values.prove ? await prove() : await runAll(values.broken);
process.exitCode = isGood ? 0 : 1;
