import { Construct } from 'constructs';
import { CleanUpSchedule } from './clean-up-schedule.ts';
import { RecoveryTriggers } from './recovery-triggers.ts';
import { RunSchedules } from './run-schedules.ts';
import type { TriggerProps } from './trigger-props.ts';
import { UploadTriggers } from './upload-triggers.ts';

/** Everything that starts a function by itself: schedules, uploads and executions that end badly. */
export class Triggers extends Construct {
  constructor(scope: Construct, id: string, props: TriggerProps) {
    super(scope, id);
    new CleanUpSchedule(this, 'Nightly', props);
    new RecoveryTriggers(this, 'Recovery', props);
    new UploadTriggers(this, 'Uploads', props);
    new RunSchedules(this, 'Schedules', props);
  }
}
