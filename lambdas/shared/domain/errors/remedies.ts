/** An error of Bedrock about a job, and its fix. */
interface Remedy {
  /** Matches the error's name, or `Failed` for the message of a failed job. */
  error: RegExp;
  says: RegExp;
  remedy: string;
}

/**
 * The first match counts. Bedrock's messages are undocumented; these are from field reports
 * (https://github.com/aws-samples/amazon-bedrock-audio-summarizer/issues/3,
 * https://github.com/aws-samples/amazon-bedrock-workshop/issues/367,
 * https://github.com/ministryofjustice/analytical-platform/pull/10682,
 * https://repost.aws/knowledge-center/bedrock-access-denied-exception), so each is matched by a few of its words.
 */
const remedies: readonly Remedy[] = [
  {
    error: /AccessDenied/,
    says: /service control policy|explicit deny|organi[sz]ation/i,
    remedy:
      "let the organisation's policy allow Bedrock's batch jobs here, and the model in every Region of its inference profile",
  },
  {
    error: /AccessDenied|ResourceNotFound|Validation/,
    says: /access to (the|this) model|model access|access denied to model|not (subscribed|enabled)|use case/i,
    remedy: 'request access to the model in the Bedrock console of this Region, then start a new run',
  },
  {
    error: /AccessDenied|Validation/,
    says: /account is not authorized|operation not allowed|not available for (this|your) account/i,
    remedy: 'ask AWS Support to enable Bedrock for this account, as new accounts may lack it, then start a new run',
  },
  {
    error: /AccessDenied/,
    says: /iam:PassRole/,
    remedy: "deploy the stack again, which lets Start job pass Bedrock's role, and look for a policy that denies it",
  },
  {
    error: /Validation|AccessDenied|^Failed$/,
    says: /\bassum(e|ed|ing)\b|trust (policy|relationship)/i,
    remedy: 'deploy the stack again, which lets Bedrock assume this role, and start a new run a minute later',
  },
  {
    error: /Validation|AccessDenied|^Failed$/,
    says: /\bkms\b/i,
    remedy:
      "deploy with -c bucketKeyArn=… for your own bucket, and let the key's policy allow what the account's IAM policies allow",
  },
  {
    error: /Validation|ResourceNotFound/,
    says: /on-demand throughput|inference profile/i,
    remedy: 'deploy the stack with an inference profile, such as -c models=us.amazon.nova-lite-v1:0',
  },
  {
    error: /Validation|ResourceNotFound|AccessDenied/,
    says: /end of (its )?life|legacy|deprecated/i,
    remedy: 'deploy the stack with a newer model, -c models=…',
  },
  {
    error: /AccessDenied/,
    says: /(?:)/,
    remedy:
      'check that the named role may do that, that the account has access to the model in this Region and that no ' +
      'organisation policy forbids batch jobs',
  },
  { error: /ResourceNotFound/, says: /(?:)/, remedy: 'check the model ID, its inference profile and the Region' },
  {
    error: /^Failed$/,
    says: /access ?denied|not authorized|not have (the )?permission|forbidden/i,
    remedy: "let the bucket's policy allow Bedrock's role of this stack, whose own policy allows it to read the bucket",
  },
];

/** Returns the fix of an error of Bedrock, as the rest of a sentence without a full stop; undefined if unknown. */
export function remedyFor(errorName: string, message: string): string | undefined {
  return remedies.find(({ error, says }) => error.test(errorName) && says.test(message))?.remedy;
}
