import { Duration } from 'aws-cdk-lib';
import { type RetryProps, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { StepLambda } from '../functions/step-lambda.ts';

export interface StepTaskProps {
  readonly step: StepLambda;
  readonly comment: string;
  /** JSONata of the step's input, without its `{% %}`. */
  readonly payload: string;
  /** JSONata of the state's output; what the step returned by default. */
  readonly output?: string;
  readonly retries: readonly RetryProps[];
}

/** What a step returned, in JSONata. */
export const returned = '$states.result.Payload';

/** Why a state was left by its catcher, as the steps take it; JSONata. */
export const failure =
  "{'error': $states.errorOutput.Error, 'cause': $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ''}";

/** `{% … %}` */
export function jsonata(expression: string): string {
  return `{% ${expression} %}`;
}

/** A state that invokes a step's published version. */
export function stepTask(scope: Construct, label: string, props: StepTaskProps): LambdaInvoke {
  const task = LambdaInvoke.jsonata(scope, label, {
    comment: props.comment,
    lambdaFunction: props.step.version,
    payload: TaskInput.fromText(jsonata(props.payload)),
    outputs: jsonata(props.output ?? returned),
    // Longer than the function's own, so that a killed function is seen as what it is.
    taskTimeout: Timeout.duration(props.step.timeout.plus(Duration.minutes(1))),
    retryOnServiceExceptions: false,
  });
  for (const retry of props.retries) task.addRetry(retry);
  return task;
}
