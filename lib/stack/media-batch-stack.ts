import { Annotations, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Monitoring } from './alarms/monitoring.ts';
import { BedrockRole } from './functions/bedrock-role.ts';
import { DeadLetters } from './functions/dead-letters.ts';
import { StepLambdas } from './functions/step-lambdas.ts';
import { RunMachine } from './machine/run-machine.ts';
import { addOutputs } from './outputs.ts';
import type { Settings } from './settings/settings.ts';
import { Storage } from './storage/storage.ts';
import { OnDestroy } from './triggers/on-destroy.ts';
import { Triggers } from './triggers/triggers.ts';

/** Batch analysis of the media in one bucket: its parts and how they are connected. */
export class MediaBatchStack extends Stack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, settings.stackName, {
      description: 'Half-price Amazon Bedrock batch analysis of the media in an S3 bucket (bedrock-media-batch)',
      env: { region: settings.region },
    });
    for (const { id, message } of settings.warnings) Annotations.of(this).addWarningV2(id, message);

    const storage = new Storage(this, 'Storage', settings);
    const { media: bucket, staging, encryptionKey } = storage;
    const { queue: deadLetters } = new DeadLetters(this, 'DeadLetters');
    const bedrock = new BedrockRole(this, 'Bedrock', { settings, storage });
    const { role: bedrockRole } = bedrock;
    const { steps } = new StepLambdas(this, 'Steps', { settings, storage, bedrockRole, deadLetters });
    const machine = new RunMachine(this, 'Run', { settings, storage, bedrockRole, steps });
    const { stateMachine } = machine;
    const triggers = new Triggers(this, 'Triggers', { settings, steps, stateMachine, bucket, deadLetters });
    const needed = [machine, staging, bedrock];
    new OnDestroy(this, 'Destroyed', { onDestroy: steps['on-destroy'], stateMachine, needed, triggers });
    const { topic } = new Monitoring(this, 'Monitoring', { settings, steps, deadLetters, encryptionKey });
    addOutputs(this, { storage, stateMachine, deadLetters, topic, bedrockRole, steps });
  }
}
