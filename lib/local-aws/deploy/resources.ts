import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import type { Schedule } from '../events/schedules.ts';
import type { Access } from '../iam/access.ts';
import { policySchema } from '../iam/statements.ts';
import type { Lambda } from '../lambda/service.ts';
import type { StepFunctions } from '../step-functions/service.ts';
import { createTable, tableSchema } from './table.ts';
import { reasonOf, type SynthesizedStack } from './template.ts';

/** The local services that a stack is deployed into. */
export interface Target {
  accountId: string;
  region: string;
  access: Pick<Access, 'addRole' | 'addToRole' | 'addToResources' | 'assume'>;
  dynamodb: DynamoDBClient;
  lambda: Pick<Lambda, 'createFunction' | 'publishVersion'>;
  createBucket(name: string, options: { eventBridge: boolean; versioned: boolean }): unknown;
  createStateMachine: StepFunctions['createStateMachine'];
  startSchedule(schedule: Schedule): void;
}

/** Where a resource stands in its stack. */
export interface Place extends Pick<SynthesizedStack, 'stackName' | 'assetFolders'> {
  logicalId: string;
}

/** What references to a resource give. */
export interface Created {
  ref: string;
  attributes: Record<string, string>;
}

type Creator = (properties: unknown, place: Place, target: Target) => Created | Promise<Created>;

const bucketSchema = z.object({
  VersioningConfiguration: z.object({ Status: z.string() }).optional(),
  NotificationConfiguration: z.object({ EventBridgeConfiguration: z.unknown() }).optional(),
});
const functionSchema = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string(),
  Role: z.string(),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }).default({ Variables: {} }),
});
const versionSchema = z.object({ FunctionName: z.string() });
const stateMachineSchema = z.object({
  DefinitionString: z.string(),
  RoleArn: z.string(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
});
const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  State: z.string().default('ENABLED'),
  Target: z.object({ Arn: z.string().startsWith('arn:aws:lambda:'), RoleArn: z.string(), Input: z.string() }),
});
// Strict: a managed policy or a permissions boundary would have to be judged as well.
const roleSchema = z.strictObject({
  AssumeRolePolicyDocument: policySchema,
  Policies: z.array(z.object({ PolicyDocument: policySchema })).default([]),
  Description: z.string().optional(),
});
const rolePolicySchema = z.object({ PolicyDocument: policySchema, Roles: z.array(z.string()) });
const bucketPolicySchema = z.object({ PolicyDocument: policySchema });

const creators: Record<string, Creator> = {
  // Nothing of these runs here.
  'AWS::Lambda::EventInvokeConfig': dataOnly,
  'AWS::Lambda::Permission': dataOnly,
  'AWS::Logs::LogGroup': dataOnly,

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

  'AWS::S3::BucketPolicy'(properties, place, { access }) {
    access.addToResources(bucketPolicySchema.parse(properties).PolicyDocument);
    return dataOnly(properties, place);
  },

  async 'AWS::S3::Bucket'(properties, place, { createBucket }) {
    const { VersioningConfiguration, NotificationConfiguration } = bucketSchema.parse(properties);
    const name = physicalName(place, 63).toLowerCase();
    await createBucket(name, {
      eventBridge: NotificationConfiguration?.EventBridgeConfiguration !== undefined,
      versioned: VersioningConfiguration?.Status === 'Enabled',
    });
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
  },

  async 'AWS::DynamoDB::Table'(properties, place, { accountId, region, dynamodb }) {
    const name = physicalName(place, 255);
    await createTable(dynamodb, { TableName: name, ...tableSchema.parse(properties) });
    return { ref: name, attributes: { Arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` } };
  },

  'AWS::Lambda::Function'(properties, place, { lambda, access }) {
    const { Code, Handler, Role, Timeout, MemorySize, Environment } = functionSchema.parse(properties);
    access.assume(Role, 'lambda.amazonaws.com');
    const codeFolder = place.assetFolders.get(Code.S3Key);
    if (codeFolder === undefined) throw new Error(`The stack has no asset ${Code.S3Key}.`);
    const functionName = physicalName(place, 64);
    const arn = lambda.createFunction({
      functionName,
      codeFolder,
      handler: Handler,
      roleArn: Role,
      timeoutSeconds: Timeout,
      memoryMiB: MemorySize,
      environment: Environment.Variables,
    });
    return { ref: functionName, attributes: { Arn: arn } };
  },

  'AWS::Lambda::Version'(properties, _place, { lambda }) {
    return { ref: lambda.publishVersion(versionSchema.parse(properties).FunctionName), attributes: {} };
  },

  'AWS::StepFunctions::StateMachine'(properties, place, target) {
    const { DefinitionString: definition, RoleArn: roleArn, Tags } = stateMachineSchema.parse(properties);
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
    const name = physicalName(place, 80);
    assume(target, roleArn, 'states', `stateMachine:${name}`);
    const arn = target.createStateMachine({ name, definition, roleArn, tags });
    return { ref: arn, attributes: { Arn: arn, Name: name } };
  },

  'AWS::Scheduler::Schedule'(properties, place, target) {
    const { Target, State, ...schedule } = scheduleSchema.parse(properties);
    // The schedule's group, not the schedule: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    assume(target, Target.RoleArn, 'scheduler', 'schedule-group/default');
    if (State === 'ENABLED') {
      target.startSchedule({
        expression: schedule.ScheduleExpression,
        timeZone: schedule.ScheduleExpressionTimezone,
        targetArn: Target.Arn,
        roleArn: Target.RoleArn,
        input: Target.Input,
      });
    }
    return { ref: physicalName(place, 64), attributes: {} };
  },
};

/**
 * Creates a resource from its resolved properties.
 *
 * @throws when the local AWS does not have its type, or cannot create it from these properties
 */
export async function createResource(
  type: string,
  properties: unknown,
  place: Place,
  target: Target,
): Promise<Created> {
  const create = creators[type];
  if (!create) {
    const known = Object.keys(creators).sort().join(', ');
    throw new Error(`${place.logicalId} is an ${type}, which the local AWS does not have: expected one of ${known}.`);
  }
  try {
    return await create(properties, place, target);
  } catch (cause) {
    throw new Error(`${place.logicalId}, an ${type}, cannot be created: ${reasonOf(cause)}.`, { cause });
  }
}

/** Like CloudFormation's, from stack and logical ID, but the same at every deployment. */
function physicalName({ stackName, logicalId }: Place, maxLength: number): string {
  const unique = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 12);
  return `${`${stackName}-${logicalId}`.slice(0, maxLength - unique.length - 1)}-${unique}`;
}

/** Checks that a service may take on a role for a resource of its own. */
function assume({ access, accountId, region }: Target, roleArn: string, service: string, resource: string): void {
  access.assume(roleArn, `${service}.amazonaws.com`, {
    'aws:SourceAccount': accountId,
    'aws:SourceArn': `arn:aws:${service}:${region}:${accountId}:${resource}`,
  });
}

const roleArnOf = (name: string, accountId: string) => `arn:aws:iam::${accountId}:role/${name}`;

function dataOnly(_properties: unknown, place: Place): Created {
  const name = physicalName(place, 64);
  return { ref: name, attributes: { Arn: `arn:aws:local:::${name}` } };
}
