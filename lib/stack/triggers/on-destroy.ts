import { CfnResource, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IConstruct } from 'constructs';
import { functionGoneSeconds } from '../../../lambdas/shared/domain/limits.ts';
import { onDestroyTag } from '../../../lambdas/shared/domain/stack-tags.ts';
import type { StepLambda } from '../functions/step-lambda.ts';
import { tagMachine } from '../machine/run-machine.ts';

interface OnDestroyProps {
  onDestroy: StepLambda;
  stateMachine: StateMachine;
  /** Needed by running jobs and by the function, so deleted after the jobs have ended. */
  needed: readonly IConstruct[];
  /** Start and resume runs, so deleted first. */
  triggers: IConstruct;
}

/**
 * A custom resource that does nothing until the stack is deleted. CloudFormation deletes in the order of dependencies:
 * the triggers, then this resource, whose function ends the running jobs, then everything that jobs need.
 */
export class OnDestroy extends Construct {
  constructor(scope: Construct, id: string, { onDestroy, stateMachine, needed, triggers }: OnDestroyProps) {
    super(scope, id);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::OnDestroy',
      // Not a version: the newest code knows the table best.
      serviceToken: onDestroy.function.functionArn,
      // If the function cannot answer, the deletion fails after this time and not after an hour.
      serviceTimeout: Duration.seconds(functionGoneSeconds),
    });
    resource.node.addDependency(onDestroy, stateMachine, ...needed);
    triggers.node.addDependency(resource);
    // With this tag the function knows whether the stack is deleted or only updated without the resource.
    const { logicalId } = CfnResource.isCfnResource(resource.node.defaultChild)
      ? resource.node.defaultChild
      : { logicalId: '' };
    tagMachine(stateMachine, { [onDestroyTag]: Stack.of(this).resolve(logicalId) });
  }
}
