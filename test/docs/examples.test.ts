import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { models } from '../../lambdas/shared/domain/model/models.ts';
import { type LocalAws, startLocalAws } from '../../lib/local-aws/start.ts';
import { functionsInProcess } from '../support/in-process/start-in-process.ts';
import { answerPattern, blocksIn, has, readPage, root, sectionsOf, typedIn } from './markdown.ts';

const page = readPage('docs/examples.md');
const sections = sectionsOf(page).map(({ title, text }) => ({ title, typed: typedIn(text) }));
const [alias = ''] = blocksIn(page, 'sh');
const python = blocksIn(page, 'python').join('');
/** Stands before the answers of each command. */
const marker = '--- the next command ---';

describe('the worked examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docs-examples-'));
  let aws: LocalAws;

  beforeAll(async () => {
    const [templateFile, dataFolder] = [inject('templateFile'), join(folder, 'data')];
    aws = await startLocalAws({ models, templateFile, dataFolder, ...functionsInProcess() });
    // A clone of its own, so that what is written stays out of the one that people work in.
    mkdirSync(join(folder, 'clone/.local'), { recursive: true });
    for (const name of readdirSync(root)) {
      if (!name.startsWith('.')) symlinkSync(join(root, name), join(folder, 'clone', name));
    }
  });
  afterAll(async () => {
    await aws.close();
    rmSync(folder, { recursive: true });
  });

  function bash(script: string): Promise<string> {
    const env = {
      ...process.env,
      ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: aws.region, AWS_DEFAULT_REGION: aws.region },
      ...{ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', BUCKET: aws.bucket, NO_COLOR: '1' },
    };
    const options = { cwd: join(folder, 'clone'), env, maxBuffer: 2 ** 24 };
    return new Promise((resolve) => {
      execFile('bash', ['-O', 'expand_aliases', '-c', script], options, (_error, stdout) => resolve(stdout));
    });
  }

  // In their order: a later one may need what an earlier one left.
  const typedSections = sections.filter(({ typed }) => typed.length > 0);
  it.runIf(has('aws', '--version')).each(typedSections)('$title', async ({ typed }) => {
    const script = [alias, 'exec 2>&1', ...typed.flatMap(({ command }) => [`echo; echo "${marker}"`, command])];

    const outputs = (await bash(script.join('\n'))).split(`${marker}\n`).slice(1);

    expect(outputs).toHaveLength(typed.length);
    for (const [at, { command, answers }] of typed.entries()) {
      for (const answer of answers) expect(outputs[at], command).toMatch(answerPattern(answer));
    }
  });

  it.runIf(has('aws', '--version') && has('python3', '-c', 'import boto3'))('From Python', async () => {
    writeFileSync(join(folder, 'clone/analyse.py'), python);

    const output = await bash('python3 analyse.py 2>&1');

    expect(output).toMatch(/^\S+ Succeeded \{'submitted': \d+, 'succeeded': \d+/m);
    expect(output).toMatch(/^proxies\/\S+ \{'title'/m);
  });

  it('has one for each of the ways in which people use this', () => {
    const titles = sections.map(({ title }) => title);
    expect(titles).toEqual([
      'A folder of videos',
      'Photos: alt texts',
      'A manifest with columns of your own',
      'Once more, what failed',
      'Every night',
      'From Python',
    ]);
  });
});
