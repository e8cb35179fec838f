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

/** Reason for the wildcard. */
const wildcard = 'Executions of this machine and of its map get their names when they start.';

/**
 * Grants functions the use of executions. No state invokes the functions that start or stop executions, so the machine
 * does not depend on them: their own roles can have the permission and their environment the machine's ARN.
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
  // To take the lock from its owner it must know that the owner's execution has ended.
  describeFromOutside(scope, 'DescribeExecutions', prepareJob, [children]);
  describeFromOutside(scope, 'DescribeForCleanUp', cleanUp, [own, children]);
  // The CDK lets the machine follow the executions of its map.
  acknowledgeWildcards(machine, [own, children], wildcard);

  const name: keyof EnvironmentOf<'recover-runs' | 'on-upload' | 'on-schedule' | 'on-destroy'> = 'STATE_MACHINE_ARN';
  for (const step of [recovery, onUpload, onSchedule, onDestroy]) step.function.addEnvironment(name, stateMachineArn);
  const start: Permission[] = [{ actions: ['states:StartExecution'], resources: [stateMachineArn] }];
  // Whether StartExecution needs it is UNVERIFIED:
  // https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  if (encryptionKey) start.push({ actions: ['kms:GenerateDataKey'], resources: [encryptionKey.keyArn] });
  const describe = (...resources: string[]) => ({ actions: ['states:DescribeExecution'], resources, wildcard });
  grant(recovery.role, [...start, describe(own, children)]);
  grant(onUpload.role, start);
  grant(onSchedule.role, [...start, describe(own)]);
  grant(onDestroy.role, [
    { actions: ['states:ListExecutions', 'states:ListTagsForResource'], resources: [stateMachineArn] },
    // Executions of the map end by themselves: they find their jobs closed.
    { actions: ['states:StopExecution'], resources: [own], wildcard },
  ]);
}

/**
 * Grants in a policy of its own: the machine depends on the function and its role, and a tag names the clean-up's
 * function, so a statement in the role's own policy would close a circle.
 */
function describeFromOutside(scope: Construct, id: string, { role }: StepLambda, executions: string[]): void {
  const policy = new Policy(scope, id, { roles: [role] });
  policy.addStatements(new PolicyStatement({ actions: ['states:DescribeExecution'], resources: executions }));
  acknowledgeWildcards(policy, executions, wildcard);
}

/**
 * ARNs of the machine's executions, and of its map's:
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
function executionArnsOf({ stateMachineArn, stack }: StateMachine): { own: string; children: string } {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  const { resourceName: name } = Arn.split(stateMachineArn, arnFormat);
  const executions = (resourceName: string) =>
    stack.formatArn({ service: 'states', resource: 'execution', resourceName, arnFormat });
  return { own: executions(`${name}:*`), children: executions(`${name}/${mapLabel}:*`) };
}
