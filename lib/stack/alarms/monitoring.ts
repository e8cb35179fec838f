import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Steps } from '../functions/step-lambdas.ts';
import type { Settings } from '../settings/settings.ts';
import type { EncryptionKeyProps } from '../storage/encryption-key.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { Alarms } from './alarms.ts';
import { Dashboard } from './dashboard.ts';

interface MonitoringProps extends EncryptionKeyProps {
  settings: Settings;
  steps: Steps;
  deadLetters: IQueue;
}

/** The alarms with their topic, and the dashboard. */
export class Monitoring extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { settings, steps, deadLetters, encryptionKey }: MonitoringProps) {
    super(scope, id);
    const { stackName, alarmEmail: email, cleanUpSchedule } = settings;
    this.topic = new AlarmTopic(this, 'Topic', { email, encryptionKey }).topic;
    const { alarms } = new Alarms(this, 'Alarms', { stackName, topic: this.topic, deadLetters, cleanUpSchedule });
    new Dashboard(this, 'Dashboard', { stackName, alarms, deadLetters, steps: Object.values(steps) });
  }
}
