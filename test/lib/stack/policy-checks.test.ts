import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import cdk from '../../../cdk.json' with { type: 'json' };
import { appWith } from './stack-template.ts';

const variants = [
  { what: 'a new bucket', context: {} },
  {
    what: 'an existing bucket with a key, and every kind of model',
    context: {
      bucketName: 'my-media',
      bucketKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd',
      models: 'us.amazon.nova-lite-v1:0,global.amazon.nova-2-lite-v1:0,amazon.nova-pro-v1:0',
    },
  },
  {
    what: 'a key for everything',
    context: { keyArn: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' },
  },
];

test.each(variants)('has no finding of cdk-nag without a reason, with $what', ({ context }) => {
  const { app } = appWith({ context });

  const { violations } = new AwsSolutionsChecks(app).validateScope(app);

  expect(violations).toEqual([]);
});

test("has the CDK's own rules fail a synthesis, which `cdk synth` shows", () => {
  expect(cdk.context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
});

test('finds a statement without a reason', () => {
  const { app, stack } = appWith();
  const role = new Role(stack, 'Careless', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));

  const { violations } = new AwsSolutionsChecks(app).validateScope(app);

  expect(violations.map(({ ruleName }) => ruleName)).toEqual([
    'AwsSolutions-IAM5[Action::s3:*]',
    'AwsSolutions-IAM5[Resource::*]',
  ]);
});
