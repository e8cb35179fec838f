import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';
import { MediaBucket } from './media-bucket.ts';
import { RunTable } from './run-table.ts';
import { StagingBucket } from './staging-bucket.ts';

/** The media bucket, the staging bucket and the table. */
export class Storage extends Construct {
  readonly media: IBucket;
  readonly staging: Bucket;
  readonly runs: Table;
  /** The customer's key, if the settings name one. */
  readonly encryptionKey: IKey | undefined;
  /** KMS key of the media bucket, if it has one. */
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
