import { z } from 'zod';
import { notSimulated, ServiceError } from '../service.ts';

/** A field of AWS's that is not simulated. */
const absent = (what: string) =>
  z
    .unknown()
    .refine(() => notSimulated(what))
    .optional();
const s3BucketOwner = absent('s3BucketOwner of CreateModelInvocationJob');

// Patterns: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html. Those of job
// name and token match the same texts, but without nested repetition, which would never finish on a long name.
const s3Uri = z
  .string()
  .max(1024)
  .regex(/^s3:\/\/[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](\/[-!_*'().a-zA-Z0-9]+)*\/?$/);
const jobName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9+.-]{0,62}$/);
const clientRequestToken = z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,254}[a-zA-Z0-9])?$/);
const roleArn = z.string().max(2048);
const tagText = z.string().regex(/^[a-zA-Z0-9\s._:/=+@-]*$/);
const input = z.object({ s3Uri, s3InputFormat: z.literal('JSONL').optional(), s3BucketOwner });
const keyOrAlias = '(key/[a-zA-Z0-9-]{36}|alias/[a-zA-Z0-9-_/]+)';
const s3EncryptionKeyId = z
  .string()
  .max(2048)
  .regex(
    new RegExp(`^(arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:${keyOrAlias}|[a-zA-Z0-9-]{36}|alias/[a-zA-Z0-9-_/]+)$`),
  );
const output = z.object({ s3Uri, s3EncryptionKeyId: s3EncryptionKeyId.optional(), s3BucketOwner });

/** Operations by their request, with `*` for a job. */
export const operations = {
  'POST /model-invocation-job': 'CreateModelInvocationJob',
  'GET /model-invocation-job/*': 'GetModelInvocationJob',
  'GET /model-invocation-jobs': 'ListModelInvocationJobs',
  'POST /model-invocation-job/*/stop': 'StopModelInvocationJob',
  'POST /listTagsForResource': 'ListTagsForResource',
} as const;

/** What CreateModelInvocationJob takes; fields that it does not know are ignored. */
export const createSchema = z.object({
  jobName,
  roleArn: roleArn.regex(/^arn:aws(-[^:]+)?:iam::([0-9]{12})?:role\/.+$/),
  modelId: z.string().min(1).max(2048),
  inputDataConfig: z.object({ s3InputDataConfig: input }),
  outputDataConfig: z.object({ s3OutputDataConfig: output }),
  vpcConfig: absent('vpcConfig of CreateModelInvocationJob'),
  /** The default is UNVERIFIED: integrators assume 24 hours, the least there is. */
  timeoutDurationInHours: z.int().min(24).max(168).default(24),
  clientRequestToken: clientRequestToken.optional(),
  modelInvocationType: z.enum(['InvokeModel', 'Converse']).default('InvokeModel'),
  // The shape allows 200, TooManyTagsException speaks of 50 a resource: the strict reading.
  tags: z
    .array(z.object({ key: tagText.min(1).max(128), value: tagText.max(256) }))
    .max(50)
    // As everywhere: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
    .refine((tags) => new Set(tags.map(({ key }) => key)).size === tags.length, 'each key only once')
    .refine((tags) => !tags.some(({ key }) => /^aws:/i.test(key)), 'no key that begins with aws:')
    .default([]),
});

/** The final statuses: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html */
export const endSchema = z.enum(['Completed', 'PartiallyCompleted', 'Failed', 'Stopped', 'Expired']);
/** All statuses of a job. */
export const statusSchema = z.enum([
  'Submitted',
  'Validating',
  'Scheduled',
  'InProgress',
  'Stopping',
  ...endSchema.options,
]);

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListModelInvocationJobs.html */
export const listSchema = z.object({
  statusEquals: statusSchema.optional(),
  nameContains: jobName.optional(),
  submitTimeAfter: absent('submitTimeAfter of ListModelInvocationJobs'),
  submitTimeBefore: absent('submitTimeBefore of ListModelInvocationJobs'),
  sortBy: absent('sortBy of ListModelInvocationJobs'),
  sortOrder: absent('sortOrder of ListModelInvocationJobs'),
  // This default is UNVERIFIED, as is the order: newest first.
  maxResults: z.coerce.number().int().min(1).max(1000).default(100),
  nextToken: z.string().min(1).max(2048).optional(),
});

/** An ARN or an ID: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html */
export const jobIdentifierSchema = z
  .string()
  .regex(/^(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:model-invocation-job\/)?[a-z0-9]{12}$/);

/** What ListTagsForResource takes; only jobs have tags here. */
export const tagsSchema = z.object({ resourceARN: jobIdentifierSchema });

/** Parses a request. @throws `ValidationException` that names every wrong field */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, request: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(request);
  if (success) return data;
  const problems = error.issues.map(
    ({ path, message }) => `Value at '${path.join('.')}' failed to satisfy constraint: ${message}`,
  );
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
  throw new ServiceError('ValidationException', 400, `${count}: ${problems.join('; ')}`);
}
