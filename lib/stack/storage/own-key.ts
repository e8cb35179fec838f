import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Permission } from '../functions/permissions.ts';

/** A key of the customer's for everything that the stack stores; AWS's own keys where there is none. */
export interface OwnKeyProps {
  readonly encryptionKey?: IKey;
}

/** How a bucket of the stack's is encrypted. A bucket key makes one request to KMS of many. */
export function bucketEncryption(
  encryptionKey: IKey | undefined,
): Pick<BucketProps, 'encryption' | 'encryptionKey' | 'bucketKeyEnabled'> {
  if (encryptionKey === undefined) return { encryption: BucketEncryption.S3_MANAGED };
  return { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}

/**
 * What a function needs of the key: to read its environment and executions of the machine
 * (https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html), and what DynamoDB does on its behalf
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html). Whether DynamoDB asks for all of
 * these of a caller is UNVERIFIED; they are those of the policy in its documentation, and through DynamoDB only.
 */
export function functionKeyPermissions(scope: Construct, encryptionKey: IKey | undefined): Permission[] {
  if (encryptionKey === undefined) return [];
  const { region, urlSuffix } = Stack.of(scope);
  const resources = [encryptionKey.keyArn];
  const ofTable = ['DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'];
  return [
    { actions: ['kms:Decrypt'], resources },
    {
      actions: ofTable.map((action) => `kms:${action}`),
      resources,
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } },
    },
  ];
}
