import { Duration } from 'aws-cdk-lib';
import { Condition, type RetryProps, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { StepLambda } from '../functions/step-lambda.ts';

interface StepTaskProps {
  step: StepLambda;
  comment: string;
  /** JSONata of the step's input, without its `{% %}`. */
  payload: string;
  retries: readonly RetryProps[];
}

/** The checkpoint that the step returned, with which it is called again; JSONata. */
export const checkpoint = "'checkpoint': $states.input.checkpoint";
export const isUnfinished = Condition.jsonata('{% $exists($states.input.checkpoint) %}');

/** The error that a state caught, as the steps take it; JSONata. */
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
    outputs: jsonata('$states.result.Payload'),
    // Longer than the function's own, so that the error of a killed function is its own.
    taskTimeout: Timeout.duration(props.step.timeout.plus(Duration.minutes(1))),
    retryOnServiceExceptions: false,
  });
  for (const retry of props.retries) task.addRetry(retry);
  return task;
}
