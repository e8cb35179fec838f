import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';

/** The customer's key for everything that the stack stores; absent: AWS's own keys. */
export interface EncryptionKeyProps {
  encryptionKey?: IKey;
}

/** Encryption of the stack's buckets. A bucket key saves requests to KMS. */
export function bucketEncryption(
  encryptionKey: IKey | undefined,
): Pick<BucketProps, 'encryption' | 'encryptionKey' | 'bucketKeyEnabled'> {
  if (encryptionKey === undefined) return { encryption: BucketEncryption.S3_MANAGED };
  return { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}
