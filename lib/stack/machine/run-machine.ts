import { Arn, ArnFormat, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CfnStateMachine,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { EnvironmentOf } from '../../../lambdas/shared/runtime/environment.ts';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import { grant } from '../functions/grant.ts';
import type { StepLambda } from '../functions/step-lambda.ts';
import type { OwnKeyProps } from '../storage/own-key.ts';
import { mapLabel, type RunSteps, runWorkflow } from './run-workflow.ts';

export interface RunMachineProps extends OwnKeyProps {
  readonly steps: RunSteps;
  /** Functions that ask whether the execution of a job still runs. */
  readonly describers: readonly StepLambda[];
  /** Asks that of every execution, and starts those that resume a run. */
  readonly recovery: StepLambda;
  /** Asks of whole runs too whether their execution has ended. */
  readonly cleanUp: StepLambda;
  /** Starts runs by itself, of uploads… */
  readonly onUpload: StepLambda;
  /** …and by the clock, unless the last one still runs. */
  readonly onSchedule: StepLambda;
  /** Stops every execution when the stack is deleted. */
  readonly onDestroy: StepLambda;
  /** Tags by which a command finds the stack from its machine alone. */
  readonly tags: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
}

/**
 * Every wait inside has an end of its own, which the report still sees; this one is only for what nobody thought of, and ends
 * a run without a report. 90 days are 30 jobs at the default timeout of 72 h, or 12 at Bedrock's longest.
 */
const timeout = Duration.days(90);

/** Why executions are granted with a wildcard. */
const namedLater = 'Executions of this machine and of its map are named when they start.';

/** The state machine of a run, and what only a running execution needs. */
export class RunMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: RunMachineProps) {
    super(scope, id);
    const {
      steps,
      describers,
      recovery,
      cleanUp,
      onUpload,
      onSchedule,
      onDestroy,
      tags,
      logRetention: retention,
      encryptionKey,
    } = props;
    this.stateMachine = new StateMachine(this, 'Machine', {
      comment: 'Runs a request as Bedrock batch jobs over the media of a bucket',
      definitionBody: DefinitionBody.fromChainable(runWorkflow(this, steps)),
      queryLanguage: QueryLanguage.JSONATA,
      timeout,
      tracingEnabled: true,
      encryptionConfiguration: encryptionKey && new CustomerManagedEncryptionConfiguration(encryptionKey),
      logs: {
        // Without execution data: requests and answers have no place in logs.
        level: LogLevel.ALL,
        destination: new LogGroup(this, 'Log', { retention, encryptionKey, removalPolicy: RemovalPolicy.DESTROY }),
      },
    });
    const includeResourceTypes = [CfnStateMachine.CFN_RESOURCE_TYPE_NAME];
    for (const [name, value] of Object.entries(tags)) {
      Tags.of(this.stateMachine).add(name, value, { includeResourceTypes });
    }
    if (encryptionKey) this.letUseKey(encryptionKey, [recovery, onUpload, onSchedule]);
    this.grantInvokeAllVersions(Object.values(steps));
    const { own, children } = this.executionArns();
    this.letDescribeFromOutside('DescribeExecutions', describers, [children]);
    this.letDescribeFromOutside('DescribeForCleanUp', [cleanUp], [own, children]);
    // The map's own right to follow its executions, which CDK gives the machine.
    acknowledgeWildcards(this.stateMachine, [own, children], namedLater);
    for (const starter of [recovery, onUpload, onSchedule]) this.letStart(starter);
    this.letDescribe(recovery, [own, children]);
    this.letDescribe(onSchedule, [own]);
    this.letStopAll(onDestroy);
    acknowledge(
      this.stateMachine,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray and the delivery of logs to CloudWatch take no resource.',
    );
  }

  /**
   * The CDK's own statement names a machine without its name, which none has (seen in its template, 2.276). The name is not known
   * before the machine is made, so every machine of the account is named, and only as what the data belong to. Whether
   * StartExecution asks anything of its caller is UNVERIFIED: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
   */
  private letUseKey({ keyArn }: IKey, starters: readonly StepLambda[]): void {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    const machines = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: '*',
      arnFormat,
    });
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [keyArn],
        conditions: { StringLike: { 'kms:EncryptionContext:aws:states:stateMachineArn': machines } },
      }),
    );
    for (const { role } of starters) grant(role, [{ actions: ['kms:GenerateDataKey'], resources: [keyArn] }]);
  }

  /** An execution goes on with the versions that it began with, and a deploy in the middle replaces this policy. */
  private grantInvokeAllVersions(steps: readonly StepLambda[]): void {
    const reason = 'Executions that began before a deploy invoke older versions.';
    for (const step of steps) {
      const resources = [`${step.function.functionArn}:*`];
      this.stateMachine.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
      acknowledgeWildcards(this.stateMachine, resources, reason);
    }
  }

  /**
   * Before the lock is taken from its owner, a child of the map, its execution must have ended. In policies of their own: the
   * machine needs the functions and their roles, so that a statement in a role's own policy would close a circle. The clean-up asks of
   * whole runs too, and the machine names its function in a tag.
   */
  private letDescribeFromOutside(id: string, describers: readonly StepLambda[], executions: string[]): void {
    const policy = new Policy(this, id, { roles: describers.map(({ role }) => role) });
    policy.addStatements(new PolicyStatement({ actions: ['states:DescribeExecution'], resources: executions }));
    acknowledgeWildcards(policy, executions, namedLater);
  }

  /** No state invokes these, so that their own roles can have this and their environment the machine's ARN. */
  private letStart({ function: starter, role }: StepLambda): void {
    const { stateMachineArn } = this.stateMachine;
    const name: keyof EnvironmentOf<'recover-runs' | 'on-upload' | 'on-schedule'> = 'STATE_MACHINE_ARN';
    starter.addEnvironment(name, stateMachineArn);
    grant(role, [{ actions: ['states:StartExecution'], resources: [stateMachineArn] }]);
  }

  private letDescribe({ role }: StepLambda, resources: readonly string[]): void {
    grant(role, [{ actions: ['states:DescribeExecution'], resources, wildcard: namedLater }]);
  }

  /** Not those of the map, which find their jobs closed. */
  private letStopAll({ function: onDestroy, role }: StepLambda): void {
    const { stateMachineArn } = this.stateMachine;
    onDestroy.addEnvironment('STATE_MACHINE_ARN' satisfies keyof EnvironmentOf<'on-destroy'>, stateMachineArn);
    grant(role, [
      { actions: ['states:ListExecutions', 'states:ListTagsForResource'], resources: [stateMachineArn] },
      { actions: ['states:StopExecution'], resources: [this.executionArns().own], wildcard: namedLater },
    ]);
  }

  /** Executions of the machine, and those of its map: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html */
  private executionArns(): { own: string; children: string } {
    const { resourceName: name } = Arn.split(this.stateMachine.stateMachineArn, ArnFormat.COLON_RESOURCE_NAME);
    const executions = (resourceName: string) =>
      Stack.of(this).formatArn({
        service: 'states',
        resource: 'execution',
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    return { own: executions(`${name}:*`), children: executions(`${name}/${mapLabel}:*`) };
  }
}
