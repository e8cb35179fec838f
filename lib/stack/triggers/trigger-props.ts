import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Steps } from '../functions/step-lambdas.ts';
import type { Settings } from '../settings/settings.ts';

/** What triggers are made from. */
export interface TriggerProps {
  settings: Settings;
  steps: Steps;
  stateMachine: StateMachine;
  /** The media bucket. */
  bucket: IBucket;
  /** Gets the events and schedules that never reached their function. */
  deadLetters: IQueue;
}
