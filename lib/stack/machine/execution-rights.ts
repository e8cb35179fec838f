import { Arn, ArnFormat } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { EnvironmentOf } from '../../../lambdas/shared/runtime/environment.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { grant, type Permission } from '../functions/permission.ts';
import type { StepLambda } from '../functions/step-lambda.ts';
import type { Steps } from '../functions/step-lambdas.ts';
import { mapLabel } from './run-workflow.ts';

/** Why executions are granted with a wildcard. */
const wildcard = 'Executions of this machine and of its map are named when they start.';

/**
 * Gives the functions what they may do with executions of the machine. No state invokes those that start or stop executions, so
 * that their own roles can have that and their environment the ARN of the machine.
 */
export function grantExecutions(
  scope: Construct,
  machine: StateMachine,
  steps: Steps,
  encryptionKey: IKey | undefined,
): void {
  const { stateMachineArn } = machine;
  const { own, children } = executionArnsOf(machine);
  const {
    'prepare-job': prepareJob,
    'clean-up': cleanUp,
    'recover-runs': recovery,
    'on-upload': onUpload,
    'on-schedule': onSchedule,
    'on-destroy': onDestroy,
  } = steps;
  describeFromOutside(scope, 'DescribeExecutions', prepareJob, [children]);
  describeFromOutside(scope, 'DescribeForCleanUp', cleanUp, [own, children]);
  // The map's own right to follow its executions, which the CDK gives the machine.
  acknowledgeWildcards(machine, [own, children], wildcard);

  const name: keyof EnvironmentOf<'recover-runs' | 'on-upload' | 'on-schedule' | 'on-destroy'> = 'STATE_MACHINE_ARN';
  for (const step of [recovery, onUpload, onSchedule, onDestroy]) step.function.addEnvironment(name, stateMachineArn);
  const start: Permission[] = [{ actions: ['states:StartExecution'], resources: [stateMachineArn] }];
  // Whether StartExecution needs it is UNVERIFIED: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  if (encryptionKey) start.push({ actions: ['kms:GenerateDataKey'], resources: [encryptionKey.keyArn] });
  const describe = (...resources: string[]) => ({ actions: ['states:DescribeExecution'], resources, wildcard });
  grant(recovery.role, [...start, describe(own, children)]);
  grant(onUpload.role, start);
  grant(onSchedule.role, [...start, describe(own)]);
  grant(onDestroy.role, [
    { actions: ['states:ListExecutions', 'states:ListTagsForResource'], resources: [stateMachineArn] },
    // Not those of the map, which find their jobs closed.
    { actions: ['states:StopExecution'], resources: [own], wildcard },
  ]);
}

/**
 * In a policy of its own: the machine needs the function and its role (and names the clean-up's function in a tag), so that a
 * statement in the role's own policy would close a circle.
 */
function describeFromOutside(scope: Construct, id: string, { role }: StepLambda, executions: string[]): void {
  const policy = new Policy(scope, id, { roles: [role] });
  policy.addStatements(new PolicyStatement({ actions: ['states:DescribeExecution'], resources: executions }));
  acknowledgeWildcards(policy, executions, wildcard);
}

/** Executions of the machine, and those of its map: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html */
function executionArnsOf({ stateMachineArn, stack }: StateMachine): { own: string; children: string } {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  const { resourceName: name } = Arn.split(stateMachineArn, arnFormat);
  const executions = (resourceName: string) =>
    stack.formatArn({ service: 'states', resource: 'execution', resourceName, arnFormat });
  return { own: executions(`${name}:*`), children: executions(`${name}/${mapLabel}:*`) };
}
