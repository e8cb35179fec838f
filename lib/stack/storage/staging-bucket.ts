import { RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { bucketEncryption, type EncryptionKeyProps } from './encryption-key.ts';
import { stagingLifecycleRules } from './lifecycle.ts';

/**
 * The bucket of staged jobs: a folder per job, with its input and copies of media. A bucket of its own, because a job
 * over the root of the media bucket would run these inputs too.
 */
export class StagingBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { encryptionKey }: EncryptionKeyProps = {}) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...bucketEncryption(encryptionKey),
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: stagingLifecycleRules,
      // It goes with the stack, because it holds only copies. Not emptied first: S3 refuses to delete a bucket with
      // objects, so a stack is not deleted under a running job.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'It holds copies for days; access logs would outlive them and cost more than they help.',
    );
  }
}
