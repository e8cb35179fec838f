import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';
import { MediaBucket } from './media-bucket.ts';
import { RunTable } from './run-table.ts';
import { StagingBucket } from './staging-bucket.ts';

/** Where everything is stored: the media bucket, the bucket of staged jobs and the table. */
export class Storage extends Construct {
  readonly media: IBucket;
  readonly staging: Bucket;
  readonly runs: Table;
  /** The customer's own key, where the settings name one. */
  readonly encryptionKey: IKey | undefined;
  /** ARN of the media bucket's KMS key, where it has one. */
  readonly mediaKeyArn: string | undefined;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { keyArn, bucketName, bucketKeyArn, requestUploads, uploadPrefixes } = settings;
    const encryptionKey = keyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', keyArn);
    this.encryptionKey = encryptionKey;
    this.mediaKeyArn = bucketName === undefined ? keyArn : bucketKeyArn;
    const eventBridgeEnabled = requestUploads || uploadPrefixes.length > 0;
    this.media = new MediaBucket(this, 'Media', { ...settings, encryptionKey, eventBridgeEnabled }).bucket;
    this.staging = new StagingBucket(this, 'Staging', { encryptionKey }).bucket;
    this.runs = new RunTable(this, 'Runs', { encryptionKey }).table;
  }
}
