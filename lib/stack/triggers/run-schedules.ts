import { Duration, TimeZone } from 'aws-cdk-lib';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { ScheduleInput } from '../../../lambdas/on-schedule/events.ts';
import type { TriggerProps } from './trigger-props.ts';

/** Time between two checks whether a run over uploads is due. */
const everyMinutes = 5;

/** Schedules of runs: over everything new every night, and over uploads once they are quiet. */
export class RunSchedules extends Construct {
  constructor(scope: Construct, id: string, { settings, steps, deadLetters: deadLetterQueue }: TriggerProps) {
    super(scope, id);
    const { nightlyRun, uploadRun } = settings;
    const onSchedule = steps['on-schedule'];
    if (nightlyRun) {
      new Schedule(this, 'Nightly', {
        description: 'Starts a run over everything new',
        schedule: ScheduleExpression.expression(settings.nightlySchedule, TimeZone.of(settings.nightlyTimeZone)),
        timeWindow: TimeWindow.off(),
        target: new LambdaInvoke(onSchedule.version, {
          input: inputOf({ start: 'nightly', request: nightlyRun, scheduledTime: ContextAttribute.scheduledTime }),
          // After four hours the night is over.
          retryAttempts: 10,
          maxEventAge: Duration.hours(4),
          deadLetterQueue,
        }),
      });
    }
    if (uploadRun) {
      const { uploadQuietMinutes: quietMinutes, uploadLatestMinutes: latestMinutes } = settings;
      new Schedule(this, 'Uploads', {
        description: 'Starts a run over uploads when it is due',
        schedule: ScheduleExpression.rate(Duration.minutes(everyMinutes)),
        timeWindow: TimeWindow.off(),
        target: new LambdaInvoke(onSchedule.version, {
          input: inputOf({ start: 'uploads', request: uploadRun, quietMinutes, latestMinutes, everyMinutes }),
          // The next check does what one has missed.
          retryAttempts: 0,
          maxEventAge: Duration.minutes(everyMinutes),
        }),
      });
    }
  }
}

function inputOf(input: ScheduleInput): ScheduleTargetInput {
  return ScheduleTargetInput.fromObject(input);
}
