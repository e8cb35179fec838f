import { describe, expect, it } from 'vitest';
import { createAccess, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { policySchema } from '../../../../lib/local-aws/iam/statements.ts';

const accountId = '123456789012';
const role = `arn:aws:iam::${accountId}:role/step`;
const object = 'arn:aws:s3:::media/proxies/C01.MP4';

/** An account with one role that has these statements. */
function accountWith(...statements: object[]) {
  const access = createAccess(accountId);
  access.addRole(role, []);
  access.addToRole(role, policySchema.parse({ Version: '2012-10-17', Statement: statements }));
  return access;
}

const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/*' };

describe('a role', () => {
  it('is known by its own access key, and every other key is the administrator’s', () => {
    const access = accountWith();

    expect(access.callerOf(credentialsOf(role).accessKeyId)).toBe(role);
    expect(access.callerOf('AKIAEXAMPLE')).toBeUndefined();
  });

  it('may do nothing that no statement allows, and the administrator everything', () => {
    const access = accountWith();

    expect(access.allows(role, 's3:GetObject', object)).toBe(false);
    expect(access.allows(undefined, 's3:GetObject', object)).toBe(true);
  });

  it('may do nothing when it is not a role of the stack', () => {
    expect(createAccess(accountId).allows(role, 's3:GetObject', object)).toBe(false);
  });

  it.each([
    ['s3:GetObject', object, true],
    ['s3:getobject', object, true],
    ['s3:PutObject', object, false],
    ['s3:GetObjectVersion', object, false],
    ['s3:GetObject', 'arn:aws:s3:::media', false],
    ['s3:GetObject', 'arn:aws:s3:::media-2/C01.MP4', false],
    ['s3:GetObject', 'arn:aws:s3:::MEDIA/C01.MP4', false],
    ['s3:GetObject', 'arn:aws:s3:::media/line\nbreak:and:colons', true],
  ])('that may get the objects of a bucket, asking for %s on %s: %s', (action, resource, expected) => {
    expect(accountWith(allow).allows(role, action, resource)).toBe(expected);
  });

  it.each([
    ['arn:aws:bedrock:*::foundation-model/nova', 'arn:aws:bedrock:us-east-1::foundation-model/nova', true],
    ['arn:aws:bedrock:*::foundation-model/nova', 'arn:aws:bedrock:us-east-1:1:foundation-model/nova', false],
    ['arn:aws:bedrock:*', 'arn:aws:bedrock:us-east-1::foundation-model/nova', false],
    ['arn:aws:states:*:*:execution:runs:*', 'arn:aws:states:eu-west-1:1:execution:runs:a', true],
    ['arn:aws:states:*:*:execution:runs:*', 'arn:aws:states:eu-west-1:1:execution:runs/Map:a', false],
    ['arn:aws:s3:::media/batch_input_?.jsonl', 'arn:aws:s3:::media/batch_input_1.jsonl', true],
    ['arn:aws:s3:::media/batch_input_?.jsonl', 'arn:aws:s3:::media/batch_input_12.jsonl', false],
    ['arn:aws:s3:::media/batch_input_1.jsonl', 'arn:aws:s3:::media/batch_input_1xjsonl', false],
    ['*', object, true],
  ])('with the resource %s, asking for %s: %s', (pattern, resource, expected) => {
    const access = accountWith({ Effect: 'Allow', Action: ['s3:*', 'bedrock:*', 'states:*'], Resource: [pattern] });

    expect(access.allows(role, `${resource.split(':')[2]}:Anything`, resource)).toBe(expected);
  });

  it('is bound by a denial, however much is allowed beside it', () => {
    const access = accountWith({ Effect: 'Allow', Action: '*', Resource: '*' }, { ...allow, Effect: 'Deny' });

    expect(access.allows(role, 's3:GetObject', object)).toBe(false);
    expect(access.allows(role, 's3:PutObject', object)).toBe(true);
  });

  it('is refused with its name, the action and the resource', () => {
    expect(() => accountWith().authorize(role, 's3:GetObject', object)).toThrow(
      expect.objectContaining({
        code: 'AccessDeniedException',
        status: 403,
        message:
          `User: arn:aws:sts::${accountId}:assumed-role/step/local is not authorized to perform: s3:GetObject on ` +
          `resource: ${object} because no policy allows the s3:GetObject action`,
      }),
    );
  });
});

describe('a condition', () => {
  const passRole = (Condition: object) => accountWith({ ...allow, Action: 'iam:PassRole', Resource: role, Condition });
  const toBedrock = { StringEquals: { 'iam:PassedToService': 'bedrock.amazonaws.com' } };

  it('must hold, and does not when the call has no such key', () => {
    const access = passRole(toBedrock);

    expect(access.allows(role, 'iam:PassRole', role, { 'iam:PassedToService': 'bedrock.amazonaws.com' })).toBe(true);
    expect(access.allows(role, 'iam:PassRole', role, { 'iam:PassedToService': 'lambda.amazonaws.com' })).toBe(false);
    expect(access.allows(role, 'iam:PassRole', role)).toBe(false);
  });

  it('holds for any of its values, and only together with the others', () => {
    const either = { 'iam:PassedToService': ['lambda.amazonaws.com', 'bedrock.amazonaws.com'] };
    const call = { 'iam:PassedToService': 'bedrock.amazonaws.com' };

    expect(passRole({ StringEquals: either }).allows(role, 'iam:PassRole', role, call)).toBe(true);
    const elsewhere = { 'aws:ResourceAccount': '999999999999' };
    expect(passRole({ StringEquals: { ...either, ...elsewhere } }).allows(role, 'iam:PassRole', role, call)).toBe(
      false,
    );
  });

  it('on the account of the resource holds for what is in this one', () => {
    const inAccount = (account: string) =>
      accountWith({ ...allow, Condition: { StringEquals: { 'aws:ResourceAccount': account } } });

    expect(inAccount(accountId).allows(role, 's3:GetObject', object)).toBe(true);
    expect(inAccount('999999999999').allows(role, 's3:GetObject', object)).toBe(false);
  });
});

describe('the policy of a bucket', () => {
  const open = (statement: object) => {
    const access = accountWith(allow);
    access.addToResources(policySchema.parse({ Version: '2012-10-17', Statement: [statement] }));
    return access;
  };
  const everybody = { Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:*', Resource: 'arn:aws:s3:::media/*' };

  it('binds the administrator too', () => {
    expect(open(everybody).allows(undefined, 's3:GetObject', object)).toBe(false);
  });

  it('that refuses plain HTTP lets this endpoint pass, as if it had TLS', () => {
    const access = open({ ...everybody, Condition: { Bool: { 'aws:SecureTransport': 'false' } } });

    expect(access.allows(role, 's3:GetObject', object)).toBe(true);
    expect(access.allows(undefined, 's3:GetObject', object)).toBe(true);
  });

  it('may allow a role what its own policies do not, and no other role', () => {
    const put = { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::media/*' };

    expect(open({ ...put, Principal: { AWS: role } }).allows(role, 's3:PutObject', object)).toBe(true);
    expect(open({ ...put, Principal: { AWS: `${role}-2` } }).allows(role, 's3:PutObject', object)).toBe(false);
  });
});

describe('a service', () => {
  const trust = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { Service: 'bedrock.amazonaws.com' },
    Condition: {
      StringEquals: { 'aws:SourceAccount': accountId },
      ArnLike: { 'aws:SourceArn': `arn:aws:bedrock:us-east-1:${accountId}:model-invocation-job/*` },
    },
  };
  const trusting = (statement: object) => {
    const access = createAccess(accountId);
    access.addRole(role, policySchema.parse({ Version: '2012-10-17', Statement: [statement] }));
    return access;
  };
  const job = {
    'aws:SourceAccount': accountId,
    'aws:SourceArn': `arn:aws:bedrock:us-east-1:${accountId}:model-invocation-job/abc`,
  };

  it('assumes a role that trusts it for its work', () => {
    expect(() => trusting(trust).assume(role, 'bedrock.amazonaws.com', job)).not.toThrow();
  });

  it.each([
    ['another service', 'lambda.amazonaws.com', job],
    ['another account', 'bedrock.amazonaws.com', { ...job, 'aws:SourceAccount': '999999999999' }],
    ['another resource', 'bedrock.amazonaws.com', { ...job, 'aws:SourceArn': 'arn:aws:bedrock:us-east-1:1:agent/a' }],
    ['nothing that says for whom', 'bedrock.amazonaws.com', {}],
  ])('does not assume a role that does not trust it: %s', (_case, service, context) => {
    expect(() => trusting(trust).assume(role, service, context)).toThrow(`cannot be assumed by ${service}`);
  });

  it('does not assume a role that does not exist', () => {
    expect(() => createAccess(accountId).assume(role, 'bedrock.amazonaws.com', job)).toThrow('cannot be assumed');
  });
});

describe('the grants of an account', () => {
  it('say of each action on each resource pattern whether a call has needed it', () => {
    const access = accountWith({
      ...allow,
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: ['arn:aws:s3:::media/a*', '*'],
    });

    access.allows(role, 's3:GetObject', 'arn:aws:s3:::media/b');
    access.allows(role, 's3:DeleteObject', 'arn:aws:s3:::media/a');

    const grant = (action: string, resource: string, used: boolean) => ({ roleArn: role, action, resource, used });
    expect(access.grants()).toEqual([
      grant('s3:GetObject', 'arn:aws:s3:::media/a*', false),
      grant('s3:GetObject', '*', true),
      grant('s3:PutObject', 'arn:aws:s3:::media/a*', false),
      grant('s3:PutObject', '*', false),
    ]);
  });
});
