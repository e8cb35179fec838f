import { Duration, TimeZone } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { TriggerProps } from './trigger-props.ts';

/** The schedule of the clean-up, by default every night. */
export class CleanUpSchedule extends Construct {
  constructor(scope: Construct, id: string, { settings, steps, deadLetters }: TriggerProps) {
    super(scope, id);
    new Schedule(this, 'Schedule', {
      description: 'Removes old inputs, outputs and runs from the media bucket',
      schedule: ScheduleExpression.expression(settings.cleanUpSchedule, TimeZone.of(settings.cleanUpTimeZone)),
      timeWindow: TimeWindow.off(),
      target: new LambdaInvoke(steps['clean-up'].version, {
        input: ScheduleTargetInput.fromObject({}),
        // The next night does what one has missed, so it is not retried for more than an hour.
        retryAttempts: 3,
        maxEventAge: Duration.hours(1),
        deadLetterQueue: deadLetters,
      }),
    });
  }
}
