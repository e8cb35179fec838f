import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { importCircles, sourceFiles } from './source-files.ts';

/** A planted import: the file that has it, what it imports, and whether the linter must refuse it. */
const planted: readonly (readonly [file: string, imported: string, isRefused: boolean])[] = [
  // An SDK only in handlers and shared/aws, in every sub-folder.
  ['lambdas/poll-job/planted.ts', '@aws-sdk/client-bedrock', true],
  ['lambdas/plan-run/select/manifest/planted.ts', '@aws-sdk/client-s3', true],
  ['lambdas/report-run/page/planted.ts', '@aws-sdk/client-s3', true],
  ['lambdas/shared/domain/job/planted.ts', '@aws-sdk/client-bedrock', true],
  ['lambdas/shared/text/planted.ts', '@aws-sdk/client-s3', true],
  ['lambdas/shared/runtime/planted.ts', '@aws-sdk/client-s3', true],
  ['lambdas/shared/aws/s3/planted.ts', '@aws-sdk/client-s3', false],
  ['lambdas/poll-job/handler.ts', '@aws-sdk/client-bedrock', false],
  // The environment only in shared/runtime.
  ['lambdas/clean-up/planted.ts', 'node:process', true],
  ['lambdas/shared/domain/run/planted.ts', 'node:process', true],
  ['lambdas/shared/runtime/planted2.ts', 'node:process', false],
  // No step imports a step; a sub-folder of its own is none.
  ['lambdas/on-destroy/planted.ts', '../settle-job/settle-job.ts', true],
  ['lambdas/plan-run/select/planted.ts', '../../poll-job/poll-job.ts', true],
  ['lambdas/start-job/handler.ts', '../poll-job/poll-job.ts', true],
  ['lambdas/shared/domain/planted.ts', '../../plan-run/plan-run.ts', true],
  ['lambdas/plan-run/select/planted2.ts', '../pack/pack-jobs.ts', false],
  // Arrows in shared point down: aws, runtime → domain → text.
  ['lambdas/shared/domain/job/planted2.ts', '../../aws/bedrock.ts', true],
  ['lambdas/shared/domain/planted2.ts', '../runtime/metrics.ts', true],
  ['lambdas/shared/text/planted2.ts', '../domain/keys.ts', true],
  ['lambdas/shared/aws/dynamodb/planted.ts', '../../runtime/metrics.ts', true],
  ['lambdas/shared/runtime/planted3.ts', '../aws/bedrock.ts', true],
  ['lambdas/shared/aws/dynamodb/planted2.ts', '../../domain/keys.ts', false],
  // What runs on AWS never imports what surrounds it.
  ['lambdas/plan-run/pack/planted.ts', '../../../lib/stack/machine/retries.ts', true],
  ['lambdas/shared/aws/s3/planted2.ts', 'aws-cdk-lib', true],
  ['lambdas/poll-job/handler.ts', '../../lib/cli/main.ts', true],
  // stack, local-aws, cli and verify-aws stay out of each other, except for three doors.
  ['lib/stack/machine/planted.ts', '../../local-aws/start.ts', true],
  ['lib/stack/alarms/planted.ts', '../../cli/main.ts', true],
  ['lib/stack/planted.ts', '../verify-aws/verify.ts', true],
  ['lib/stack/functions/planted.ts', '../../../lambdas/plan-run/plan-run.ts', true],
  ['lib/stack/functions/planted2.ts', '../../../lambdas/shared/aws/bedrock.ts', true],
  ['lib/stack/functions/planted3.ts', '../../../lambdas/shared/domain/limits.ts', false],
  ['lib/local-aws/s3/planted.ts', '../../../lambdas/shared/domain/keys.ts', true],
  ['lib/local-aws/planted.ts', '../stack/synthesize.ts', true],
  ['lib/local-aws/deploy/planted.ts', '../../cli/main.ts', true],
  ['lib/cli/run/planted.ts', '../../stack/machine/retries.ts', true],
  ['lib/cli/planted.ts', '../local-aws/clock.ts', true],
  ['lib/cli/planted2.ts', '../verify-aws/verify.ts', true],
  ['lib/cli/run/planted2.ts', '../../../lambdas/plan-run/plan-run.ts', true],
  ['lib/cli/run/planted3.ts', '../../stack/synthesize.ts', false],
  ['lib/cli/local/planted.ts', '../../local-aws/start.ts', false],
  ['lib/verify-aws/planted.ts', '../local-aws/start.ts', true],
  ['lib/verify-aws/planted2.ts', '../cli/aws/session.ts', true],
  ['lib/verify-aws/questions/planted.ts', '../../stack/settings/settings.ts', true],
  ['lib/verify-aws/questions/planted2.ts', '../../cli/main.ts', false],
  // Programs use lib/program, which uses none of them.
  ['lib/program/planted.ts', '../cli/main.ts', true],
  ['lib/program/planted2.ts', '../verify-aws/verify.ts', true],
  ['lib/stack/storage/planted.ts', '../../program/problem.ts', true],
  ['lib/local-aws/iam/planted.ts', '../../program/problem.ts', true],
  ['lib/cli/run/planted4.ts', '../../program/problem.ts', false],
];

const folder = mkdtempSync(join(tmpdir(), 'arrows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const reportSchema = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

it('the linter refuses each planted import that points the wrong way, and no other', () => {
  copyFileSync('biome.json', join(folder, 'biome.json'));
  const imports = Map.groupBy(planted, ([file]) => file);
  for (const [file, ofFile] of imports) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), ofFile.map(([, imported]) => `import '${imported}';\n`).join(''));
  }

  const refused = linted().filter(({ category }) => category === 'lint/style/noRestrictedImports');

  const expected = planted.flatMap(([file, , isRefused]) => (isRefused ? [file] : []));
  expect(refused.map(({ location }) => location.path).sort()).toEqual(expected.sort());
});

function linted() {
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--vcs-enabled=false', '.'];
  try {
    execFileSync(join(process.cwd(), 'node_modules/.bin/biome'), args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    // The linter fails on what it finds, and prints it.
    if (error instanceof Error && 'stdout' in error)
      return reportSchema.parse(JSON.parse(String(error.stdout))).diagnostics;
    throw error;
  }
  return [];
}

it('finds a circle over several files, and none where two meet', () => {
  const files = new Map([
    ['a/one.ts', "import { two } from './two.ts';"],
    ['a/two.ts', "import type { Three } from '../b/three.ts';"],
    ['b/three.ts', "export const load = () => import('../a/one.ts');"],
    ['b/four.ts', "import { one } from '../a/one.ts';\nimport './five.ts';"],
    ['b/five.ts', "export { two } from '../a/two.ts';"],
  ]);

  expect(importCircles(files)).toEqual([['a/one.ts', 'a/two.ts', 'b/three.ts']]);
});

it('no file imports itself in a circle, types included', () => {
  expect(importCircles(sourceFiles('lambdas', 'lib'))).toEqual([]);
});
