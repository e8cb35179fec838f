import { globSync, readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { appWith, type Grant, grantsOf, resourcesOf, templateWith, textOf } from './stack-template.ts';

const template = templateWith();
const trustSchema = z.object({
  Statement: z.array(
    z.object({
      Principal: z.object({ Service: z.string() }),
      Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
    }),
  ),
});

/** Each service that may assume a role, with the conditions. */
function trusts(given: Template): { role: string; service: string; conditions: Record<string, unknown> }[] {
  return resourcesOf(given, 'AWS::IAM::Role').flatMap(([role, { Properties }]) =>
    trustSchema.parse(Properties.AssumeRolePolicyDocument).Statement.map(({ Principal, Condition = {} }) => ({
      ...{ role, service: Principal.Service },
      conditions: Object.assign({}, ...Object.values(Condition)),
    })),
  );
}

describe('trust', () => {
  test('is given to a service for this account and its own resources only, if the service names its caller', () => {
    // Lambda names neither: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    const conditioned = trusts(template).filter(({ service }) => service !== 'lambda.amazonaws.com');

    expect(new Set(conditioned.map(({ service }) => service))).toEqual(
      new Set(['bedrock.amazonaws.com', 'states.amazonaws.com', 'scheduler.amazonaws.com']),
    );
    for (const { role, service, conditions } of conditioned) {
      expect(conditions['aws:SourceAccount'], role).toEqual({ Ref: 'AWS::AccountId' });
      expect(textOf(conditions['aws:SourceArn']), role).toMatch(
        new RegExp(`^arn:aws:${service.split('.')[0]}:us-east-1:<AWS::AccountId>:[a-zA-Z-]+[:/]`),
      );
    }
  });

  test('lets a service invoke a function for one rule only', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission');

    expect(permissions.length).toBeGreaterThan(0);
    for (const [id, { Properties }] of permissions) expect(textOf(Properties.SourceArn), id).toMatch(/^<\w+\.Arn>$/);
  });
});

describe('ARNs', () => {
  test('never name one partition', () => {
    const files = globSync(['lambdas/**/*.ts', 'lib/**/*.{ts,mjs}'], { exclude: ['lib/local-aws/**'] });

    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => readFileSync(file, 'utf8').includes('arn:aws:'))).toEqual([]);
  });

  test('are those of the partition that the stack is deployed in', () => {
    const environment = { CDK_DEFAULT_REGION: 'us-gov-west-1' };
    const elsewhere = JSON.stringify(
      templateWith({ environment, context: { models: 'amazon.nova-lite-v1:0' } }).toJSON(),
    );

    expect(elsewhere).toContain('arn:aws-us-gov:bedrock:us-gov-west-1:');
    expect(elsewhere).not.toContain('arn:aws:');
  });
});

describe('a key of the customer’s', () => {
  const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const bucketKeyArn = keyArn.replace('1234abcd', '5678abcd');
  const encrypted = templateWith({ context: { keyArn } });
  const elsewhere = templateWith({ context: { keyArn, bucketName: 'my-media', bucketKeyArn } });

  const onKey = (given: Template, key: string) => grantsOf(given).filter(({ resource }) => resource === key);
  const actionsOf = (grants: readonly Grant[], role: string, isAlways = true) =>
    grants
      .filter((grant) => grant.role.startsWith(role) && (grant.condition === undefined) === isAlways)
      .map(({ action }) => action.replace('kms:', ''))
      .sort();

  test.each([
    ['AWS::S3::Bucket', 2, ({ BucketEncryption }: Record<string, unknown>) => BucketEncryption],
    ['AWS::DynamoDB::Table', 1, ({ SSESpecification }: Record<string, unknown>) => SSESpecification],
    ['AWS::Logs::LogGroup', 10, ({ KmsKeyId }: Record<string, unknown>) => KmsKeyId],
    ['AWS::Lambda::Function', 9, ({ KmsKeyArn }: Record<string, unknown>) => KmsKeyArn],
    ['AWS::SNS::Topic', 1, ({ KmsMasterKeyId }: Record<string, unknown>) => KmsMasterKeyId],
    ['AWS::StepFunctions::StateMachine', 1, (machine: Record<string, unknown>) => machine.EncryptionConfiguration],
  ])('encrypts every %s, of which there are %i at least', (type, least, encryptionOf) => {
    const resources = resourcesOf(encrypted, type);

    expect(resources.length).toBeGreaterThanOrEqual(least);
    for (const [id, { Properties }] of resources)
      expect(JSON.stringify(encryptionOf(Properties)), id).toContain(keyArn);
  });

  test('is used by no role where there is none', () => {
    expect(grantsOf(template).filter(({ action }) => action.startsWith('kms:'))).toEqual([]);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/Kms|KMS/);
  });

  test('may be used by every function to read, through DynamoDB for the table, and to write by those who write', () => {
    const grants = onKey(encrypted, keyArn);
    const roles = resourcesOf(encrypted, 'AWS::IAM::Role').flatMap(([id]) => (id.startsWith('Steps') ? id : []));
    const writers = /PlanRun|PrepareJob|CollectResults|ReportRun|CleanUp|RecoverRuns|OnUpload|OnSchedule|OnDestroy/;

    expect(roles.length).toBeGreaterThan(8);
    for (const role of roles) {
      const expected = writers.test(role) ? ['Decrypt', 'GenerateDataKey'] : ['Decrypt'];
      expect([...new Set(actionsOf(grants, role))], role).toEqual(expected);
      expect(actionsOf(grants, role, false), role).toEqual(
        ['DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'].sort(),
      );
    }
    expect(grants.filter(({ condition }) => condition?.StringEquals?.['kms:ViaService']).length).toBe(roles.length * 5);
    expect(actionsOf(grants, 'BedrockRole')).toEqual(['Decrypt', 'GenerateDataKey']);
  });

  test('may be used by the machine for the data of machines', () => {
    const ofMachine = onKey(encrypted, keyArn).filter(({ condition }) => condition?.StringLike);

    expect(ofMachine.map(({ role, action }) => [role.replace(/\w{8}$/, ''), action])).toEqual([
      ['RunMachineRole', 'kms:Decrypt'],
      ['RunMachineRole', 'kms:GenerateDataKey'],
    ]);
    expect(textOf(ofMachine[0]?.condition?.StringLike?.['kms:EncryptionContext:aws:states:stateMachineArn'])).toBe(
      'arn:aws:states:us-east-1:<AWS::AccountId>:stateMachine:*',
    );
  });

  test('beside that of an existing bucket is the key of what the stack owns', () => {
    expect(actionsOf(onKey(elsewhere, bucketKeyArn), 'BedrockRole')).toEqual(['Decrypt', 'GenerateDataKey']);
    expect(actionsOf(onKey(elsewhere, keyArn), 'BedrockRole')).toEqual(['Decrypt']);
    expect(actionsOf(onKey(elsewhere, keyArn), 'StepsPlanRun')).toEqual(['Decrypt']);
    expect(actionsOf(onKey(elsewhere, keyArn), 'StepsPrepareJob')).toEqual(['Decrypt', 'GenerateDataKey']);
  });

  test.each([
    ['its own', { keyArn }, keyArn],
    ['an existing one', { keyArn, bucketName: 'my-media', bucketKeyArn }, bucketKeyArn],
    ['an existing one without a key', { keyArn, bucketName: 'my-media' }, ''],
    ['its own without a key', {}, ''],
  ])('of the bucket, %s, is the key with which Bedrock encrypts its output', (_, context, expected) => {
    templateOf(context).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { OUTPUT_KEY_ARN: expected } },
    });
  });
});

const templateOf = (context: Record<string, unknown>) => Template.fromStack(appWith({ context }).stack);
