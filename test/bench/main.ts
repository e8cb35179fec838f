import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { environmentSchemas } from '../../lambdas/shared/runtime/environment.ts';
import { bundleWork } from './bundle-work.ts';
import { atMost, type Check, callChecks, coldStartChecks, limitChecks } from './checks.ts';
import { coldStartLimits, measureColdStarts } from './cold-starts.ts';
import { measureCommands } from './commands.ts';
import { measureDayLongJob } from './day-long-job.ts';
import { thisMachine } from './machine.ts';
import { type Measurement, measureStep } from './measure-step.ts';
import { measuredSteps } from './steps/all.ts';
import { type Benchmark, benchmarkSchema, markdownOf, textOf } from './table.ts';

// Measures how fast the steps are against the least that has to be done: `npm run bench`. `--quick` only looks at
// whether it works, and at how many requests are made; `--only plan,collect` leaves out the rest; `--json FILE` writes
// down what was found, and `--markdown FILE` shows such a file as the tables of docs/speed.md.

const { values } = parseArgs({
  options: {
    ...{ quick: { type: 'boolean', default: false }, only: { type: 'string' } },
    ...{ json: { type: 'string' }, markdown: { type: 'string' } },
  },
});
const stepNames = Object.keys(environmentSchemas);
const say = (line: string) => process.stdout.write(`${line}\n`);

if (values.markdown === undefined) await bench();
else say(markdownOf(benchmarkSchema.parse(JSON.parse(readFileSync(values.markdown, 'utf8'))), coldStartLimits));

async function bench(): Promise<void> {
  const { quick } = values;
  const names = values.only?.split(',') ?? [...Object.keys(measuredSteps), 'cold-start', 'day', 'commands'];
  const benchmark: Benchmark = { machine: thisMachine(), steps: [], coldStarts: [], others: [] };
  const checks: Check[] = [];
  const work = await bundleWork();
  for (const [name, measured] of Object.entries(measuredSteps)) {
    if (!names.includes(name)) continue;
    const measurements: Measurement[] = [];
    for (const size of quick ? measured.quickSizes : measured.sizes) {
      if (!quick) process.stderr.write(`${name} of ${size} …\n`);
      const found = await measureStep(name, measured, size, work.file, quick ? 1 : undefined);
      measurements.push(found);
      benchmark.steps.push({ ...found, floorIs: measured.floor, limit: measured.limit });
      checks.push(...callChecks(found));
    }
    if (!quick) checks.push(...limitChecks(measured, measurements));
  }
  rmSync(work.folder, { recursive: true, force: true });
  if (names.includes('cold-start')) {
    benchmark.coldStarts = await measureColdStarts(quick ? ['plan-run'] : stepNames, quick ? 1 : 15);
    checks.push(...coldStartChecks(benchmark.coldStarts, !quick));
  }
  if (!quick && names.includes('day')) benchmark.others.push(...(await measureDayLongJob(1000)));
  if (!quick && names.includes('commands')) benchmark.others.push(...(await measureCommands()));
  for (const { what, found, limit } of benchmark.others)
    if (limit !== undefined) checks.push(atMost(what, found, limit));
  say(textOf(benchmark, coldStartLimits));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(benchmark, null, 2)}\n`);
  const failed = checks.filter(({ holds }) => !holds);
  for (const { what } of failed) say(`does not hold: ${what}`);
  say(`${checks.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
