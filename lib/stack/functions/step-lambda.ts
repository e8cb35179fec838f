import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  CfnEventInvokeConfig,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
  type Version,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { EncryptionKeyProps } from '../storage/encryption-key.ts';
import { grant, type Permission } from './permission.ts';

interface StepLambdaProps extends EncryptionKeyProps {
  description: string;
  code: Code;
  environment: Readonly<Record<string, string>>;
  permissions: readonly Permission[];
  timeout: Duration;
  memoryMiB: number;
  logRetention: RetentionDays;
  /** Gets the events at which the function failed each time; for a function whose caller does not wait. */
  deadLetters?: IQueue;
}

/** The function of one step, with a role of its own and a published version. */
export class StepLambda extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  /**
   * The version that states invoke. A deploy keeps it, so that an execution continues with the code that it began with.
   */
  readonly version: Version;
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: StepLambdaProps) {
    super(scope, id);
    this.timeout = props.timeout;
    const { encryptionKey, logRetention: retention } = props;
    const logGroup = new LogGroup(this, 'Log', { retention, encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    grant(this.role, [...props.permissions, ...keyPermissions(this, encryptionKey)]);
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: props.code,
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role: this.role,
      environment: { ...props.environment },
      environmentEncryption: encryptionKey,
      timeout: props.timeout,
      memorySize: props.memoryMiB,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      tracing: Tracing.ACTIVE,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    this.version = this.function.currentVersion;
    acknowledge(this.role, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray takes no resource.');
    if (props.deadLetters) this.buryFailures(props.deadLetters);
  }

  /** A destination, unlike a dead-letter queue of Lambda, gets the function's ARN, its error and the event. */
  private buryFailures({ queueArn }: IQueue): void {
    grant(this.role, [{ actions: ['sqs:SendMessage'], resources: [queueArn] }]);
    const asynchronous = new CfnEventInvokeConfig(this, 'Asynchronous', {
      functionName: this.function.functionName,
      qualifier: this.version.version,
      destinationConfig: { onFailure: { destination: queueArn } },
    });
    // Lambda refuses a destination until the role may send to it.
    asynchronous.node.addDependency(this.role);
  }
}

/**
 * Permissions on the customer's key: to read the environment and executions, and what DynamoDB does for the function.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html: whether DynamoDB needs
 * all of them is UNVERIFIED; they are those of the policy in its documentation, and through DynamoDB only.
 */
function keyPermissions(scope: Construct, encryptionKey: IKey | undefined): Permission[] {
  if (encryptionKey === undefined) return [];
  const { region, urlSuffix } = Stack.of(scope);
  const resources = [encryptionKey.keyArn];
  const ofTable = ['DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'];
  return [
    { actions: ['kms:Decrypt'], resources },
    {
      actions: ofTable.map((action) => `kms:${action}`),
      resources,
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } },
    },
  ];
}
