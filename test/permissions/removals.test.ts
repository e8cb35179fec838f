import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import type { PermissionUse } from '../support/permission-use.ts';
import { removalsOf } from './removals.ts';

const granted = (template: string): string[] => {
  const policySchema = z.object({
    Statement: z.array(z.object({ Action: z.union([z.string(), z.array(z.string())]) })),
  });
  const { Resources } = z
    .object({ Resources: z.record(z.string(), z.object({ Properties: z.record(z.string(), z.unknown()).optional() })) })
    .parse(JSON.parse(template));
  return Object.entries(Resources).flatMap(([id, { Properties }]) => {
    const { data } = policySchema.safeParse(Properties?.PolicyDocument);
    return (data?.Statement ?? []).flatMap(({ Action }) => [Action].flat().map((action) => `${id} ${action}`));
  });
};

const use = (testFile: string, seconds: number, action: string, resource: string, used = true): PermissionUse => ({
  testFile,
  seconds,
  grants: [{ roleArn: 'arn:aws:iam::1:role/MediaBatch-StepsPlanRunRole699D65FB-abc', action, resource, used }],
});

describe('the removals of permissions', () => {
  const template = readFileSync(inject('templateFile'), 'utf8');
  const whole = granted(template);

  it('take one action out of one statement each, and only what a test has used', () => {
    const uses = [
      use('a.test.ts', 9, 's3:PutObject', 'arn:aws:s3:::media/nova/batch/runs/*'),
      use('b.test.ts', 9, 's3:GetObject', 'arn:aws:s3:::media/*', false),
    ];

    const removals = removalsOf(template, uses);

    expect(removals.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^StepsPlanRunRoleDefaultPolicy\w+, statement \d+: s3:PutObject$/),
    ]);
    const left = granted(removals[0]?.template ?? '');
    expect(left).toHaveLength(whole.length - 1);
    expect(whole.filter((permission) => !left.includes(permission))).toEqual([
      expect.stringMatching(/^StepsPlanRunRole.* s3:PutObject$/),
    ]);
  });

  it('take away a statement that has no other action', () => {
    const [removal] = removalsOf(template, [use('a.test.ts', 9, 's3:GetObject', 'arn:aws:s3:::media/*')]);

    expect(granted(removal?.template ?? '')).toHaveLength(whole.length - 1);
  });

  it('name the tests that have used the permission, the quickest first', () => {
    const ofRuns = (testFile: string, seconds: number) =>
      use(testFile, seconds, 's3:PutObject', 'arn:aws:s3:::media/nova/batch/runs/*');

    const removals = removalsOf(template, [
      ofRuns('slow.test.ts', 5),
      ofRuns('quick.test.ts', 1),
      ofRuns('slow.test.ts', 5),
    ]);

    expect(removals.map(({ testFiles }) => testFiles)).toEqual([['quick.test.ts', 'slow.test.ts']]);
  });
});
