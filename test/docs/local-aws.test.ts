import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { models } from '../../lambdas/shared/domain/model/models.ts';
import { type LocalAws, startLocalAws } from '../../lib/local-aws/start.ts';
import { functionsInProcess } from '../support/in-process/start-in-process.ts';
import { templateWithoutRecovery } from '../support/template.ts';
import { answerPattern, has, readPage, root, typedIn } from './markdown.ts';

const page = readPage('docs/local-aws.md');
const checks = typedIn(page);
const functions = /^job\(\) \{.*?^```$/ms.exec(page)?.[0].replace('```', '') ?? '';

describe.runIf(has('aws', '--version'))('what the documentation asks the local AWS with the AWS CLI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docs-local-aws-'));
  let aws: LocalAws;
  /** Commands share variables, as in a terminal. */
  const before: string[] = [];

  beforeAll(async () => {
    // In the week after each command recovery would run hundreds of times, and nothing here needs it.
    const [templateFile, dataFolder] = [templateWithoutRecovery(), join(folder, 'data')];
    aws = await startLocalAws({ models, templateFile, dataFolder, ...functionsInProcess() });
  });
  afterAll(async () => {
    await aws.close();
    rmSync(folder, { recursive: true });
  });

  it.each(checks)('$command', async ({ command, answers }) => {
    // Whatever the command before has set off is over when a person types the next one.
    await aws.clock.sleep(7 * 86_400_000);
    if (/^[A-Z]+=/.test(command)) before.push(command);
    const script = [functions, ...before, `${command} 2>&1`].join('\n');
    const env = {
      ...process.env,
      ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: aws.region, AWS_DEFAULT_REGION: aws.region, AWS_PAGER: '' },
      ...{ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', BUCKET: aws.bucket, ROLE: aws.bedrockRoleArn },
    };

    const output = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', script], { cwd: root, env }, (_error, stdout) => resolve(stdout));
    });

    for (const answer of answers) expect(output).toMatch(answerPattern(answer));
  });
});

it('the documentation has checks for whoever wants only the simulator', () => {
  expect(checks.length).toBeGreaterThan(5);
  expect(checks.flatMap(({ answers }) => answers).length).toBeGreaterThan(5);
});
