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
  /** What running jobs and the function need; it goes after the jobs have ended. */
  needed: readonly IConstruct[];
  /** Whatever starts executions or resumes runs; it goes first, so that nothing new begins meanwhile. */
  triggers: IConstruct;
}

/**
 * A custom resource that does nothing until the stack is deleted. CloudFormation deletes what depends on others before these: the
 * triggers, then this resource, by which its function ends the running jobs, and then all that jobs need.
 */
export class OnDestroy extends Construct {
  constructor(scope: Construct, id: string, { onDestroy, stateMachine, needed, triggers }: OnDestroyProps) {
    super(scope, id);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::OnDestroy',
      // Not a version: whatever code there is at the end knows the table best.
      serviceToken: onDestroy.function.functionArn,
      // A minute longer than the function's own time, in place of an hour, for a function that could not answer.
      serviceTimeout: Duration.seconds(functionGoneSeconds),
    });
    resource.node.addDependency(onDestroy, stateMachine, ...needed);
    triggers.node.addDependency(resource);
    // By this the function tells a stack that is deleted from one that goes on without the resource.
    const { logicalId } = CfnResource.isCfnResource(resource.node.defaultChild)
      ? resource.node.defaultChild
      : { logicalId: '' };
    tagMachine(stateMachine, { [onDestroyTag]: Stack.of(this).resolve(logicalId) });
  }
}
