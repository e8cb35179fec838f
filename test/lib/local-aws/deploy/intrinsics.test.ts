import { describe, expect, it } from 'vitest';
import { resolve, type Scope } from '../../../../lib/local-aws/deploy/intrinsics.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';

const refs: Record<string, unknown> = { 'AWS::Region': 'eu-central-1', Bucket: 'media' };
const scope: Scope = {
  ref: async (name) => refs[name],
  attribute: async (logicalId, name) => `${logicalId}/${name}`,
};

describe('an intrinsic function', () => {
  it.each([
    [{ Ref: 'Bucket' }, 'media'],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket/Arn'],
    [{ 'Fn::Join': ['', ['s3://', { Ref: 'Bucket' }, '/', 1]] }, 's3://media/1'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how Fn::Sub is written
    [{ 'Fn::Sub': '${Bucket}-${AWS::Region}' }, 'media-eu-central-1'],
    [{ 'Fn::Sub': 'no variable' }, 'no variable'],
    [{ 'Fn::Split': [':', 'a:b'] }, ['a', 'b']],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::Join': [':', ['a', { Ref: 'Bucket' }]] }] }] }, 'media'],
  ])('%j gives %j', async (value, expected) => {
    expect(await resolve(value, scope)).toEqual(expected);
  });

  it('is resolved at any depth, and other values stay as they are', async () => {
    const value = { a: [{ b: { Ref: 'Bucket' } }, 1, null, true], Ref2: { Reference: 'Bucket' } };

    expect(await resolve(value, scope)).toEqual({ a: [{ b: 'media' }, 1, null, true], Ref2: { Reference: 'Bucket' } });
  });

  it('is refused by name when it is not known', async () => {
    const refusal: Error = await resolve({ a: { 'Fn::ImportValue': 'x' } }, scope).then(String, (error) => error);

    expectOneSentence(refusal.message, 'Fn::ImportValue', 'Fn::GetAtt');
  });
});
