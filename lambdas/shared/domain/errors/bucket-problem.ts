import { isTransient, missingBucketProblem, statusOf } from './errors.ts';

/** S3's names for a bucket in another Region: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const elsewhere = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/;

/** S3 quotes KMS or names KMS's own error: https://repost.aws/knowledge-center/s3-access-denied-error-kms */
const aboutKey = /\bkms\b|KMS\./i;

/** Returns why a bucket cannot be used, as one sentence with the fix; undefined if the error is not about it. */
export function bucketProblem(error: unknown, bucket: string): string | undefined {
  if (!(error instanceof Error) || isTransient(error)) return undefined;
  const { name, message } = error;
  const said = `${name}${message === '' || message === name ? '' : `, ${message.replace(/\.$/, '')}`}`;
  const status = statusOf(error);
  if (name === 'NoSuchBucket') return missingBucketProblem(bucket);
  if (elsewhere.test(name) || status === 301) {
    return (
      `Bucket ${bucket} is in another Region than this stack (${said}), and Bedrock reads only its own: deploy the stack in ` +
      'the Region of the bucket with AWS_REGION.'
    );
  }
  const isDenied = name.startsWith('AccessDenied') || status === 403;
  if (name.startsWith('KMS.') || (isDenied && aboutKey.test(message))) {
    return (
      `The KMS key of bucket ${bucket} cannot be used (${said}): enable it, deploy the stack with -c bucketKeyArn=…, and let ` +
      "the key's policy allow what the account's IAM policies allow."
    );
  }
  if (!isDenied) return undefined;
  return (
    `S3 denies this stack access to bucket ${bucket} (${said}): name a bucket of this account with -c bucketName=…, or ` +
    "remove the denial from the bucket's or the organisation's policy."
  );
}
