import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { removalsOf } from '../permissions/removals.ts';
import { sampleClips } from '../support/clips.ts';
import { type EndedRun, startLocalStack } from '../support/local-stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'media-batch-missing-'));
const templateFile = inject('templateFile');

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs one clip on a stack whose role (by its logical ID, as it begins) lacks an action. */
async function runWithout(roleId: string, action: string, resource: string): Promise<EndedRun> {
  const template = readFileSync(templateFile, 'utf8');
  const [role = ''] = Object.keys(JSON.parse(template).Resources).filter((id) => id.startsWith(roleId));
  const grants = [{ roleArn: `arn:aws:iam::1:role/MediaBatch-${role}-1`, action, resource, used: true }];
  const [removal] = removalsOf(template, [{ testFile: '', seconds: 0, grants }]);
  cpSync(dirname(templateFile), folder, { recursive: true });
  writeFileSync(join(folder, basename(templateFile)), removal?.template ?? '');
  const stack = await startLocalStack({ templateFile: join(folder, basename(templateFile)) });
  try {
    const clips = sampleClips.slice(0, 1);
    await stack.putClips(clips);
    return await stack.run({ media: { keys: clips.map(({ key }) => key) } });
  } finally {
    await stack.close();
  }
}

describe('a permission that the template lacks fails here as it would on AWS', () => {
  it('of a step at the bucket', async () => {
    const run = await runWithout('StepsPlanRunRole', 's3:ListBucket', '');

    expect(run).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(run.cause).toMatch(
      /^S3 denies this stack access to bucket .*StepsPlanRunRole\S+ is not authorized to perform: s3:ListBucket on resource: arn:aws:s3/,
    );
  });

  it('of a step at the table', async () => {
    const run = await runWithout('StepsPlanRunRole', 'dynamodb:PutItem', '');

    expect(run).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
    expect(run.cause).toContain('is not authorized to perform: dynamodb:PutItem');
  });

  it('of the machine at a function', async () => {
    const run = await runWithout('RunMachineRole', 'lambda:InvokeFunction', '');

    expect(run).toMatchObject({ status: 'FAILED', error: 'Lambda.AccessDeniedException' });
    expect(run.cause).toContain('lambda:InvokeFunction');
  });

  it('of whoever hands a role to Bedrock', async () => {
    const run = await runWithout('StepsStartJobRole', 'iam:PassRole', '');

    expect(run).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(run.cause).toMatch(/StartJobRole\S+ is not authorized to perform: iam:PassRole on resource: \S+BedrockRole/);
  });

  it('of Bedrock’s service role at the media', async () => {
    const run = await runWithout('BedrockRole', 's3:GetObject', 'arn:aws:s3:::media/*');

    expect(run).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
    expect(run.cause).toContain('s3:GetObject');
  });
});
