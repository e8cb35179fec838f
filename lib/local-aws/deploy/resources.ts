import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import type { Schedule } from '../events/schedules.ts';
import type { Lambda } from '../lambda/service.ts';
import type { StepFunctions } from '../step-functions/service.ts';
import { createTable, tableSchema } from './table.ts';
import { reasonOf, type SynthesizedStack } from './template.ts';

/** The local services that a stack is deployed into. */
export interface Target {
  accountId: string;
  region: string;
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
  Target: z.object({ Arn: z.string().startsWith('arn:aws:lambda:'), Input: z.string() }),
});

const creators: Record<string, Creator> = {
  // Data for whoever judges callers by it; nothing of these runs.
  'AWS::IAM::Policy': dataOnly,
  'AWS::Lambda::EventInvokeConfig': dataOnly,
  'AWS::Lambda::Permission': dataOnly,
  'AWS::Logs::LogGroup': dataOnly,
  'AWS::S3::BucketPolicy': dataOnly,

  'AWS::IAM::Role'(_properties, place, { accountId }) {
    const name = physicalName(place, 64);
    return { ref: name, attributes: { Arn: `arn:aws:iam::${accountId}:role/${name}` } };
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

  'AWS::Lambda::Function'(properties, place, { lambda }) {
    const { Code, Handler, Role, Timeout, MemorySize, Environment } = functionSchema.parse(properties);
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

  'AWS::StepFunctions::StateMachine'(properties, place, { createStateMachine }) {
    const { DefinitionString: definition, RoleArn: roleArn, Tags } = stateMachineSchema.parse(properties);
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
    const name = physicalName(place, 80);
    const arn = createStateMachine({ name, definition, roleArn, tags });
    return { ref: arn, attributes: { Arn: arn, Name: name } };
  },

  'AWS::Scheduler::Schedule'(properties, place, { startSchedule }) {
    const { Target, State, ...schedule } = scheduleSchema.parse(properties);
    if (State === 'ENABLED') {
      startSchedule({
        expression: schedule.ScheduleExpression,
        timeZone: schedule.ScheduleExpressionTimezone,
        targetArn: Target.Arn,
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

function dataOnly(_properties: unknown, place: Place): Created {
  const name = physicalName(place, 64);
  return { ref: name, attributes: { Arn: `arn:aws:local:::${name}` } };
}
