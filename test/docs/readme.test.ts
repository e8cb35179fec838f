import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../../lib/local-aws/start.ts';
import { templateWithoutSweep } from '../support/template.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The commands of the console block, each with the lines that it must answer with; `…` stands for anything. */
const checks = (/^```console\n(.*?)^```$/ms.exec(readme)?.[1] ?? '')
  .split(/^\$ /m)
  .slice(1)
  .map((text) => {
    const [command = '', ...answers] = text.trimEnd().split('\n');
    return { command, answers };
  });
const functions = /^job\(\) \{.*?^```$/ms.exec(readme)?.[0].replace('```', '') ?? '';

/** The AWS CLI is not of this project, so these checks are for machines that have it. */
function hasAwsCli(): boolean {
  try {
    return execFileSync('aws', ['--version'], { stdio: 'pipe' }).includes('aws-cli');
  } catch {
    return false;
  }
}

describe.runIf(hasAwsCli())('what the README asks the local AWS with the AWS CLI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  let aws: LocalAws;
  /** Commands share variables, as in a terminal. */
  const before: string[] = [];

  beforeAll(async () => {
    // In the week after each command the sweep would run hundreds of times, and nothing here needs it.
    aws = await startLocalAws({ templateFile: templateWithoutSweep(), dataFolder: join(folder, 'data') });
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

    for (const answer of answers) {
      const escaped = answer.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
      expect(output).toMatch(new RegExp(escaped.join('.*')));
    }
  });
});

describe('the README', () => {
  it('has checks for whoever wants only the simulator', () => {
    expect(checks.length).toBeGreaterThan(5);
    expect(checks.flatMap(({ answers }) => answers).length).toBeGreaterThan(5);
  });
});
