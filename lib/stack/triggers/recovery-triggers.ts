import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { TriggerProps } from './trigger-props.ts';

/** Time between two recoveries. */
export const recoveryPeriod = Duration.minutes(15);

/**
 * Starts a recovery every 15 minutes, and at once when an execution ends badly, so that a job of a stopped run costs no
 * more.
 *
 * The events are best effort, so the schedule is the guarantee:
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export class RecoveryTriggers extends Construct {
  constructor(scope: Construct, id: string, { steps, stateMachine, deadLetters }: TriggerProps) {
    super(scope, id);
    const recovery = steps['recover-runs'];
    new Schedule(this, 'Schedule', {
      description: 'Resumes runs whose execution is gone',
      schedule: ScheduleExpression.rate(recoveryPeriod),
      timeWindow: TimeWindow.off(),
      target: new LambdaInvoke(recovery.version, {
        input: ScheduleTargetInput.fromObject({}),
        // The next recovery does what one has missed.
        retryAttempts: 0,
        maxEventAge: recoveryPeriod,
      }),
    });
    new Rule(this, 'Ended', {
      description: 'Starts a recovery as soon as an execution ends badly',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'ABORTED', 'TIMED_OUT'] },
      },
      targets: [new LambdaFunction(recovery.version, { deadLetterQueue: deadLetters })],
    });
  }
}
