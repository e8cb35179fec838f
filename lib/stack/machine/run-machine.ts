import { ArnFormat, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  CfnStateMachine,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { stackTags } from '../../../lambdas/shared/domain/stack-tags.ts';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import type { StepScope } from '../functions/statements.ts';
import type { Steps } from '../functions/step-lambdas.ts';
import { grantExecutions } from './execution-rights.ts';
import { runSteps, runWorkflow } from './run-workflow.ts';

interface RunMachineProps extends StepScope {
  steps: Steps;
}

/**
 * Every wait inside has an earlier end, with a report; this one only stops faults that we do not know, without a
 * report. 90 days are 30 jobs at the default timeout of 72 h, or 12 at Bedrock's longest.
 */
const timeout = Duration.days(90);

/** The state machine of a run, with the rights to its executions. */
export class RunMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { settings, storage, bedrockRole, steps }: RunMachineProps) {
    super(scope, id);
    const { encryptionKey } = storage;
    const removalPolicy = RemovalPolicy.DESTROY;
    this.stateMachine = new StateMachine(this, 'Machine', {
      comment: 'Runs a request as Bedrock batch jobs over the media of a bucket',
      definitionBody: DefinitionBody.fromChainable(runWorkflow(this, steps)),
      queryLanguage: QueryLanguage.JSONATA,
      timeout,
      tracingEnabled: true,
      encryptionConfiguration: encryptionKey && new CustomerManagedEncryptionConfiguration(encryptionKey),
      logs: {
        // No execution data: requests and answers must not be in logs.
        level: LogLevel.ALL,
        destination: new LogGroup(this, 'Log', { retention: settings.logRetentionDays, encryptionKey, removalPolicy }),
      },
    });
    tagMachine(this.stateMachine, {
      [stackTags.bucket]: storage.media.bucketName,
      [stackTags.tableName]: storage.runs.tableName,
      [stackTags.bedrockRoleArn]: bedrockRole.roleArn,
      [stackTags.cleanUpFunction]: steps['clean-up'].function.functionName,
      [stackTags.resultsPrefix]: settings.resultsPrefix,
      [stackTags.runsPrefix]: settings.runsPrefix,
      [stackTags.name]: settings.stackName,
    });
    if (encryptionKey) this.grantKey(encryptionKey);
    this.grantInvokeAllVersions(steps);
    grantExecutions(this, this.stateMachine, steps, encryptionKey);
    acknowledge(
      this.stateMachine,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray and the delivery of logs to CloudWatch take no resource.',
    );
  }

  /**
   * The CDK's own statement has an ARN without a name, which no machine has (seen in its template, 2.276). The name is
   * not known before the machine exists, so the statement names every machine of the account, as owner of the data.
   */
  private grantKey({ keyArn }: IKey): void {
    const machine = { service: 'states', resource: 'stateMachine', arnFormat: ArnFormat.COLON_RESOURCE_NAME };
    const machines = Stack.of(this).formatArn({ ...machine, resourceName: '*' });
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [keyArn],
        conditions: { StringLike: { 'kms:EncryptionContext:aws:states:stateMachineArn': machines } },
      }),
    );
  }

  /** An execution keeps the versions that it began with, and a deploy replaces this policy while it runs. */
  private grantInvokeAllVersions(steps: Steps): void {
    for (const step of runSteps) {
      const resources = [`${steps[step].function.functionArn}:*`];
      this.stateMachine.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
      acknowledgeWildcards(
        this.stateMachine,
        resources,
        'Executions that began before a deploy invoke older versions.',
      );
    }
  }
}

/** Tags the machine only, not its role and log. */
export function tagMachine(machine: StateMachine, tags: Readonly<Record<string, string>>): void {
  const includeResourceTypes = [CfnStateMachine.CFN_RESOURCE_TYPE_NAME];
  for (const [name, value] of Object.entries(tags)) Tags.of(machine).add(name, value, { includeResourceTypes });
}
