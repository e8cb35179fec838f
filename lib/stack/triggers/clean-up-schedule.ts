import { Duration, TimeZone } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StepLambda } from '../functions/step-lambda.ts';

export interface CleanUpScheduleProps {
  readonly cleanUp: StepLambda;
  /** `cron(…)` or `rate(…)`. */
  readonly expression: string;
  /** Of the IANA list. */
  readonly timeZone: string;
  readonly deadLetters: IQueue;
}

/** Cleans up every night, or when the settings say. */
export class CleanUpSchedule extends Construct {
  constructor(scope: Construct, id: string, { cleanUp, expression, timeZone, deadLetters }: CleanUpScheduleProps) {
    super(scope, id);
    new Schedule(this, 'Schedule', {
      description: 'Removes old inputs, outputs and runs from the media bucket',
      schedule: ScheduleExpression.expression(expression, TimeZone.of(timeZone)),
      timeWindow: TimeWindow.off(),
      target: new LambdaInvoke(cleanUp.version, {
        input: ScheduleTargetInput.fromObject({}),
        // A missed night is made up for by the next, so it is not tried for longer than an hour.
        retryAttempts: 3,
        maxEventAge: Duration.hours(1),
        deadLetterQueue: deadLetters,
      }),
    });
  }
}
