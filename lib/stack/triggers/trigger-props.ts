import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Steps } from '../functions/step-lambdas.ts';
import type { Settings } from '../settings/settings.ts';

/** The parts of a stack that triggers use. */
export interface TriggerProps {
  settings: Settings;
  steps: Steps;
  stateMachine: StateMachine;
  /** The media bucket. */
  bucket: IBucket;
  /** Gets the events and schedules that could not invoke their function. */
  deadLetters: IQueue;
}
