import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { runStatusSchema } from '../../../lambdas/shared/domain/run/run.ts';
import { runEndedEvent } from '../../../lambdas/shared/domain/run/run-ended.ts';
import type { TriggerProps } from './trigger-props.ts';

/** Rules for uploads to the media bucket, whose EventBridge notifications are on. */
export class UploadTriggers extends Construct {
  constructor(scope: Construct, id: string, { settings, steps, bucket, deadLetters }: TriggerProps) {
    super(scope, id);
    const { stackName, requestUploads, requestsPrefix, uploadPrefixes } = settings;
    const { outputPrefix, runsPrefix, resultsPrefix, stagingPrefix } = settings;
    const created = (...keys: object[]): EventPattern => ({
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: keys } },
    });
    const target = new LambdaFunction(steps['on-upload'].version, { deadLetterQueue: deadLetters });
    if (requestUploads) {
      new Rule(this, 'Requests', {
        description: 'Starts a run for every uploaded request',
        eventPattern: created({ wildcard: `${requestsPrefix}*.json` }),
        targets: [target],
      });
      new Rule(this, 'Refused', {
        description: 'Writes beside an uploaded request why its run was refused',
        eventPattern: {
          source: [runEndedEvent.source],
          detailType: [runEndedEvent.detailType],
          detail: { stackName: [stackName], status: [runStatusSchema.enum.Refused] },
        },
        targets: [target],
      });
    }
    if (uploadPrefixes.length > 0) {
      const anywhere = uploadPrefixes.includes('');
      new Rule(this, 'Media', {
        description: 'Registers uploaded media for the run over them',
        // Without prefixes the rule itself excludes our files: results come by the hundred thousand.
        eventPattern: anywhere
          ? created({ 'anything-but': { prefix: [outputPrefix, runsPrefix, resultsPrefix, stagingPrefix] } })
          : created(...uploadPrefixes.map((prefix) => ({ prefix }))),
        targets: [target],
      });
    }
  }
}
