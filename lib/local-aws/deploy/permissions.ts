import { z } from 'zod';
import { policySchema } from '../iam/statements.ts';
import { type Created, type Creator, dataOnly, physicalName } from './creator.ts';

// Strict: another managed policy or a permissions boundary would have to be judged as well.
const roleSchema = z.strictObject({
  // CDK's own functions have it: it is about logs alone, which are files here.
  ManagedPolicyArns: z.array(z.literal('arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole')).default([]),
  AssumeRolePolicyDocument: policySchema,
  Policies: z.array(z.object({ PolicyDocument: policySchema })).default([]),
  Description: z.string().optional(),
});
const rolePolicySchema = z.object({ PolicyDocument: policySchema, Roles: z.array(z.string()) });
const resourcePolicySchema = z.object({ PolicyDocument: policySchema });

const permissionSchema = z.strictObject({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
});

/** Creates resources that grant permissions. */
export const permissionCreators: Record<string, Creator> = {
  'AWS::IAM::Role'(properties, place, { accountId, access }) {
    const { AssumeRolePolicyDocument, Policies } = roleSchema.parse(properties);
    const name = physicalName(place, 64);
    const arn = roleArnOf(name, accountId);
    access.addRole(arn, AssumeRolePolicyDocument);
    for (const { PolicyDocument } of Policies) access.addToRole(arn, PolicyDocument);
    return { ref: name, attributes: { Arn: arn } };
  },

  'AWS::IAM::Policy'(properties, place, { accountId, access }) {
    const { PolicyDocument, Roles } = rolePolicySchema.parse(properties);
    for (const name of Roles) access.addToRole(roleArnOf(name, accountId), PolicyDocument);
    return dataOnly(properties, place);
  },

  'AWS::S3::BucketPolicy': resourcePolicy,
  'AWS::SQS::QueuePolicy': resourcePolicy,

  'AWS::Lambda::Permission'(properties, place, { access }) {
    const { Action, FunctionName, Principal, SourceArn } = permissionSchema.parse(properties);
    const Condition = SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': [SourceArn] } };
    const allowed = { Principal: { Service: [Principal] }, Action: [Action], Resource: [FunctionName], Condition };
    access.addToResources([{ Effect: 'Allow', ...allowed }]);
    return dataOnly(properties, place);
  },
};

/** The policy of a bucket or a queue. */
function resourcePolicy(...[properties, place, { access }]: Parameters<Creator>): Created {
  access.addToResources(resourcePolicySchema.parse(properties).PolicyDocument);
  return dataOnly(properties, place);
}

/** Whether resources of a type grant permissions; all of these together are the permissions of a deployment. */
export const isPermission = (type: string): boolean => type in permissionCreators;

const roleArnOf = (name: string, accountId: string) => `arn:aws:iam::${accountId}:role/${name}`;
