import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { bucketEncryption, type EncryptionKeyProps } from './encryption-key.ts';
import { type LifecycleScope, lifecycleRulesOf } from './lifecycle.ts';

interface MediaBucketProps extends EncryptionKeyProps, LifecycleScope {
  /** An existing bucket; the only change to it is that EventBridge notifications are turned on. Absent: a new one. */
  bucketName?: string;
  /** ARN of the existing bucket's KMS key. Its key policy must let this account's roles use it through IAM. */
  bucketKeyArn?: string;
  /** Whether EventBridge gets events of uploads. */
  eventBridgeEnabled: boolean;
}

/** The bucket of media, results and runs. */
export class MediaBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: MediaBucketProps) {
    super(scope, id);
    const { bucketName, bucketKeyArn, eventBridgeEnabled } = props;
    this.bucket =
      bucketName === undefined
        ? this.newBucket(props)
        : Bucket.fromBucketAttributes(this, 'Bucket', {
            bucketName,
            encryptionKey: bucketKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', bucketKeyArn),
          });
    if (eventBridgeEnabled) this.turnEventsOn();
  }

  private turnEventsOn(): void {
    const resource = this.bucket.node.defaultChild;
    if (resource instanceof CfnBucket) {
      resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
      return;
    }
    // An existing bucket has no resource here: the CDK's own function turns them on and keeps other notifications.
    this.bucket.enableEventBridgeNotification();
    const notifications = this.bucket.node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
    // Other notifications of the bucket may go to queues that no longer exist, for which S3 would refuse the change.
    if (CfnResource.isCfnResource(notifications)) notifications.addPropertyOverride('SkipDestinationValidation', true);
    for (const child of Stack.of(this).node.children) {
      if (!child.node.id.startsWith('BucketNotificationsHandler')) continue;
      acknowledge(
        child,
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        "The CDK's own function for notifications writes its logs by this policy.",
      );
    }
  }

  private newBucket({ encryptionKey, ...scope }: EncryptionKeyProps & LifecycleScope): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      ...bucketEncryption(encryptionKey),
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: lifecycleRulesOf(scope),
    });
    acknowledge(
      bucket,
      'AwsSolutions-S1',
      'Access logs cost more than they help here; CloudTrail data events can be turned on.',
    );
    return bucket;
  }
}
