import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { reasonOf } from '../reason.ts';
import { type Created, type Creator, dataOnly, type Place, physicalName, type Target } from './creator.ts';
import { customCreatorOf } from './custom-creators.ts';
import { permissionCreators } from './permissions.ts';
import { createTable, tableSchema } from './table.ts';

const bucketSchema = z.object({
  VersioningConfiguration: z.object({ Status: z.string() }).optional(),
  NotificationConfiguration: z.object({ EventBridgeConfiguration: z.unknown() }).optional(),
});
const functionSchema = z.object({
  // Code in the template itself is not run: our own is bundled, and that of the CDK is Python.
  Code: z.union([z.object({ S3Key: z.string() }), z.object({ ZipFile: z.string() }).transform(() => undefined)]),
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
const deadLetterSchema = z.object({ Arn: z.string() }).optional();
const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  State: z.string().default('ENABLED'),
  Target: z.object({
    Arn: z.string().startsWith('arn:aws:lambda:'),
    RoleArn: z.string(),
    Input: z.string(),
    DeadLetterConfig: deadLetterSchema,
  }),
});
// Strict: a target that wants another input than the event itself, or is no function or queue, is refused.
const ruleSchema = z.object({
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(
    z.strictObject({
      Id: z.string(),
      Arn: z.string().regex(/^arn:aws:(lambda|sqs):/, 'expected the ARN of a function or a queue'),
      DeadLetterConfig: deadLetterSchema,
    }),
  ),
});

// Strict: other settings (retries, the age of an event) would have to be simulated.
const eventInvokeConfigSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.string(),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }),
});

const creators: Record<string, Creator> = {
  ...permissionCreators,
  // Nothing of it runs here.
  'AWS::Logs::LogGroup': dataOnly,
  'AWS::CloudWatch::Alarm': dataOnly,
  'AWS::CloudWatch::Dashboard': dataOnly,
  'AWS::SNS::Subscription': dataOnly,
  'AWS::SNS::Topic': dataOnly,
  'AWS::SNS::TopicPolicy': dataOnly,

  async 'AWS::S3::Bucket'(properties, place, target) {
    const { VersioningConfiguration, NotificationConfiguration } = bucketSchema.parse(properties);
    const name = physicalName(place, 63).toLowerCase();
    await target.createBucket(name, {
      eventBridge: NotificationConfiguration?.EventBridgeConfiguration !== undefined,
      versioned: VersioningConfiguration?.Status === 'Enabled',
    });
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` }, remove: () => target.removals.bucket(name) };
  },

  async 'AWS::DynamoDB::Table'(properties, place, { accountId, region, dynamodb }) {
    const name = physicalName(place, 255);
    await createTable(dynamodb, { TableName: name, ...tableSchema.parse(properties) });
    const attributes = { Arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` };
    return { ref: name, attributes, remove: () => dynamodb.send(new DeleteTableCommand({ TableName: name })) };
  },

  'AWS::Lambda::Function'(properties, place, { lambda, access, removals }) {
    const { Code, Handler, Role, Timeout, MemorySize, Environment } = functionSchema.parse(properties);
    access.assume(Role, 'lambda.amazonaws.com');
    const codeFolder = Code && place.assetFolders.get(Code.S3Key);
    if (Code && codeFolder === undefined) throw new Error(`The stack has no asset ${Code.S3Key}.`);
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
    return { ref: functionName, attributes: { Arn: arn }, remove: () => removals.function(functionName) };
  },

  'AWS::Lambda::Version'(properties, _place, { lambda }) {
    const arn = lambda.publishVersion(versionSchema.parse(properties).FunctionName);
    return { ref: arn, attributes: { Version: arn.split(':').at(-1) ?? '' } };
  },

  'AWS::StepFunctions::StateMachine'(properties, place, target) {
    const { DefinitionString: definition, RoleArn: roleArn, Tags } = stateMachineSchema.parse(properties);
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
    const name = physicalName(place, 80);
    assume(target, roleArn, 'states', `stateMachine:${name}`);
    const arn = target.createStateMachine({ name, definition, roleArn, tags });
    return { ref: arn, attributes: { Arn: arn, Name: name }, remove: () => target.removals.stateMachine(arn) };
  },

  'AWS::Events::Rule'(properties, place, { putRule, removals }) {
    const { EventPattern: pattern, State: state, Targets } = ruleSchema.parse(properties);
    const name = physicalName(place, 64);
    const targets = Targets.map(({ Arn, DeadLetterConfig }) => ({ arn: Arn, deadLetterArn: DeadLetterConfig?.Arn }));
    const arn = putRule({ name, pattern, state, targets });
    return { ref: name, attributes: { Arn: arn }, remove: () => removals.rule(name) };
  },

  'AWS::Scheduler::Schedule'(properties, place, target) {
    const { Target, State, ...schedule } = scheduleSchema.parse(properties);
    // The schedule's group, not the schedule:
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    assume(target, Target.RoleArn, 'scheduler', 'schedule-group/default');
    const ending = new AbortController();
    const { ScheduleExpression: expression, ScheduleExpressionTimezone: timeZone } = schedule;
    const deadLetterArn = Target.DeadLetterConfig?.Arn;
    const invocation = { targetArn: Target.Arn, roleArn: Target.RoleArn, input: Target.Input, deadLetterArn };
    if (State === 'ENABLED') target.startSchedule({ expression, timeZone, ...invocation }, ending.signal);
    return { ref: physicalName(place, 64), attributes: {}, remove: () => ending.abort() };
  },

  'AWS::SQS::Queue'(_properties, place, { accountId, region, queues }) {
    const name = physicalName(place, 80);
    queues.create(name);
    const attributes = { Arn: `arn:aws:sqs:${region}:${accountId}:${name}`, QueueName: name };
    const ref = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
    return { ref, attributes, remove: () => queues.delete(name) };
  },

  'AWS::Lambda::EventInvokeConfig'(properties, place, { lambda }) {
    const { FunctionName, Qualifier, DestinationConfig } = eventInvokeConfigSchema.parse(properties);
    lambda.setOnFailure(`${FunctionName}:${Qualifier}`, DestinationConfig.OnFailure.Destination);
    return dataOnly(properties, place);
  },
};

/**
 * Creates a resource from its resolved properties.
 *
 * @throws when its type is not simulated, or it cannot be created from these properties
 */
export async function createResource(properties: unknown, place: Place, target: Target): Promise<Created> {
  const { type } = place;
  const create = creators[type] ?? customCreatorOf(type);
  if (!create) {
    const known = Object.keys(creators).sort().join(', ');
    throw new Error(`The local AWS does not simulate ${type} (${place.logicalId}): use one of ${known}.`);
  }
  try {
    return await create(properties, place, target);
  } catch (cause) {
    throw new Error(`${place.logicalId} (${type}) cannot be created: ${reasonOf(cause)}.`, { cause });
  }
}

/** Checks that a service may assume a role for one of its resources. */
function assume({ access, accountId, region }: Target, roleArn: string, service: string, resource: string): void {
  access.assume(roleArn, `${service}.amazonaws.com`, {
    'aws:SourceAccount': accountId,
    'aws:SourceArn': `arn:aws:${service}:${region}:${accountId}:${resource}`,
  });
}
