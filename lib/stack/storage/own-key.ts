import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';

/** A key of the customer's for everything that the stack stores; AWS's own keys where there is none. */
export interface OwnKeyProps {
  encryptionKey?: IKey;
}

/** How a bucket of the stack's is encrypted. A bucket key makes one request to KMS of many. */
export function bucketEncryption(
  encryptionKey: IKey | undefined,
): Pick<BucketProps, 'encryption' | 'encryptionKey' | 'bucketKeyEnabled'> {
  if (encryptionKey === undefined) return { encryption: BucketEncryption.S3_MANAGED };
  return { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}
