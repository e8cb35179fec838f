import { isTransient, missingBucketSentence, statusOf } from './errors.ts';

/** S3's names for a bucket that lies in another Region: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const elsewhere = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/;

/** S3 denies in KMS's words, or names KMS's own error: https://repost.aws/knowledge-center/s3-access-denied-error-kms */
const aboutKey = /\bkms\b|KMS\./i;

/**
 * Why nothing can be done with a bucket, as one sentence with the fix; undefined where the error is not about the bucket.
 * The first hour with a bucket that is not this account's, Region's or key's.
 */
export function bucketTrouble(error: unknown, bucket: string): string | undefined {
  if (!(error instanceof Error) || isTransient(error)) return undefined;
  const { name, message } = error;
  const said = `${name}${message === '' || message === name ? '' : `, ${message.replace(/\.$/, '')}`}`;
  const status = statusOf(error);
  if (name === 'NoSuchBucket') return missingBucketSentence(bucket);
  if (elsewhere.test(name) || status === 301) {
    return (
      `Bucket ${bucket} is in another Region than this stack (${said}), expected the same one, as Bedrock reads no other: ` +
      'deploy the stack in the Region of the bucket with AWS_REGION.'
    );
  }
  const isDenied = name.startsWith('AccessDenied') || status === 403;
  if (name.startsWith('KMS.') || (isDenied && aboutKey.test(message))) {
    return (
      `The KMS key of bucket ${bucket} cannot be used (${said}), expected an enabled key that this stack may use: deploy it with ` +
      "-c bucketKeyArn=… and let the key's policy allow what the account's IAM policies allow."
    );
  }
  if (!isDenied) return undefined;
  return (
    `S3 denies this stack access to bucket ${bucket} (${said}), expected a bucket of this account that it may read and write: ` +
    "name the right one with -c bucketName=…, or take the denial out of the bucket's or the organisation's policy."
  );
}
