import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { type LifecycleScope, lifecycleRulesOf } from './lifecycle.ts';
import { bucketEncryption, type OwnKeyProps } from './own-key.ts';

interface MediaBucketProps extends OwnKeyProps, LifecycleScope {
  /** An existing bucket, in which nothing is changed but its switch for EventBridge; absent for a new one that outlives the stack. */
  bucketName?: string;
  /** ARN of the existing bucket's KMS key. Its key policy must let this account's roles use it through IAM. */
  bucketKeyArn?: string;
  /** Whether EventBridge is told of uploads. */
  eventBridgeEnabled: boolean;
}

/** The bucket that the media lie in, and everything of ours beside them. */
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
    if (eventBridgeEnabled) this.switchEventsOn();
  }

  private switchEventsOn(): void {
    const resource = this.bucket.node.defaultChild;
    if (resource instanceof CfnBucket) {
      resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
      return;
    }
    // An existing bucket has no resource here: the CDK's own function switches it on and keeps what else is there.
    this.bucket.enableEventBridgeNotification();
    const notifications = this.bucket.node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
    // What else the bucket tells may go to queues that are gone: that is not ours to find fault with.
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

  private newBucket({ encryptionKey, ...scope }: OwnKeyProps & LifecycleScope): Bucket {
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
      'Access logs cost more than they tell here; CloudTrail data events can be switched on.',
    );
    return bucket;
  }
}
