import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { environmentSchemas } from '../../../lambdas/shared/runtime/environment.ts';
import { synthesize } from '../../../lib/stack/synthesize.ts';
import { stepEnvironment } from '../../support/step-environment.ts';

const outFolder = mkdtempSync(join(tmpdir(), 'media-batch-synthesize-'));
afterAll(() => rmSync(outFolder, { recursive: true }));

const { templateFile } = synthesize({
  outFolder,
  region: 'eu-central-1',
  context: { stackName: 'Films', resultsPrefix: 'answers/' },
  environment: {},
});
const { Resources } = z
  .object({
    Resources: z.record(
      z.string(),
      z.object({
        Type: z.string(),
        Properties: z
          .object({
            Code: z.object({ S3Key: z.string() }).optional(),
            Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
          })
          .default({}),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(templateFile, 'utf8')));
const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');

test('writes the template of the stack that the context names into the folder', () => {
  expect(templateFile).toBe(join(outFolder, 'Films.template.json'));
});

test('takes the given Region and settings', () => {
  expect(functions.map(({ Properties }) => Properties.Environment?.Variables.MODEL_IDS)).toContain(
    'eu.amazon.nova-lite-v1:0',
  );
  expect(functions.map(({ Properties }) => Properties.Environment?.Variables.RESULTS_PREFIX)).toContain('answers/');
});

test('gives every function a bundle of its own', () => {
  const keys = functions.map(({ Properties }) => Properties.Code?.S3Key);

  expect(new Set(keys).size).toBe(Object.keys(environmentSchemas).length);
});

test('puts beside each bundle all that it may load later, and nothing that it never loads', () => {
  for (const asset of readdirSync(outFolder).filter((name) => name.startsWith('asset.'))) {
    const files = readdirSync(join(outFolder, asset)).filter((name) => name.endsWith('.mjs'));
    const loaded = files.flatMap((file) =>
      [...readFileSync(join(outFolder, asset, file), 'utf8').matchAll(/"\.\/([\w.-]+\.mjs)"/g)].map(([, name]) => name),
    );

    expect(files.length).toBeGreaterThan(1);
    expect(new Set([...loaded, 'index.mjs'])).toEqual(new Set(files));
  }
});

test('makes bundles that load as they are, with nothing installed beside them', () => {
  const bundles = readdirSync(outFolder)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => join(outFolder, name, 'index.mjs'));
  const script = `for (const file of ${JSON.stringify(bundles)}) console.log(typeof (await import(file)).handler);`;
  const env = { ...stepEnvironment, AWS_REGION: 'us-east-1' };

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: outFolder,
    encoding: 'utf8',
    env,
  });

  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual(Object.keys(environmentSchemas).map(() => 'function'));
});
