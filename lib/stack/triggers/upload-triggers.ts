import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { runEndedEvent } from '../../../lambdas/shared/domain/run/run-ended.ts';
import type { StepLambda } from '../functions/step-lambda.ts';

export interface UploadTriggersProps {
  readonly onUpload: StepLambda;
  readonly stackName: string;
  readonly bucketName: string;
  /** Where requests are uploaded to; absent where that starts nothing. */
  readonly requestsPrefix?: string;
  /** Uploads under these make a run; none where they do not. */
  readonly uploadPrefixes: readonly string[];
  /** Prefixes of our own objects. */
  readonly ownPrefixes: readonly string[];
  /** Gets the events that never reached the function. */
  readonly deadLetters: IQueue;
}

/** Hears of uploads to the media bucket, by its switch for EventBridge. */
export class UploadTriggers extends Construct {
  constructor(scope: Construct, id: string, props: UploadTriggersProps) {
    super(scope, id);
    const { onUpload, stackName, bucketName, requestsPrefix, uploadPrefixes, ownPrefixes, deadLetters } = props;
    const created = (...keys: object[]): EventPattern => ({
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucketName] }, object: { key: keys } },
    });
    const target = new LambdaFunction(onUpload.version, { deadLetterQueue: deadLetters });
    if (requestsPrefix !== undefined) {
      new Rule(this, 'Requests', {
        description: 'Starts a run for every request that is uploaded',
        eventPattern: created({ wildcard: `${requestsPrefix}*.json` }),
        targets: [target],
      });
      new Rule(this, 'Refused', {
        description: 'Says beside an uploaded request why its run was refused',
        eventPattern: {
          source: [runEndedEvent.source],
          detailType: [runEndedEvent.detailType],
          detail: { stackName: [stackName], status: ['Refused'] },
        },
        targets: [target],
      });
    }
    if (uploadPrefixes.length > 0) {
      const anywhere = uploadPrefixes.includes('');
      new Rule(this, 'Media', {
        description: 'Notes media that are uploaded, for the run over them',
        // Ours are left out here already where the prefixes do not do it: results come by the hundred thousand.
        eventPattern: anywhere
          ? created({ 'anything-but': { prefix: ownPrefixes } })
          : created(...uploadPrefixes.map((prefix) => ({ prefix }))),
        targets: [target],
      });
    }
  }
}
