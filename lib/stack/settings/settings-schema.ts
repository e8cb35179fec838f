import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { jobTagsSchema } from './job-tags.ts';
import { modelPricesSettingSchema, modelQuotasSettingSchema, triggerRequestSettingSchema } from './json-settings.ts';

/** Bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const keyArn = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/;

/**
 * A prefix is part of an S3 URI for Bedrock and of a policy's resource, so it has no characters that Bedrock refuses
 * and no wildcard:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ModelInvocationJobS3OutputDataConfig.html
 */
const keyPrefix = z
  .string()
  .regex(
    /^(?=.{2,200}$)(?:(?!\.+\/)[a-zA-Z0-9_.-]+\/)+$/,
    'folders of letters, digits, "-", "_" and "." that end in a slash, such as "nova/batch/output/"',
  );

/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html: only these days.
 */
const logRetentions = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
const schedule = z
  .string()
  .regex(
    /^(?:rate\([1-9]\d* (?:minutes?|hours?|days?)\)|cron\([0-9A-Z*?,/#L-]+(?: [0-9A-Z*?,/#L-]+){5}\))$/,
    '"cron(minutes hours day-of-month month day-of-week year)" or "rate(1 day)"',
  );

const timeZone = z.string().refine(isTimeZone, 'a time zone of the IANA list, such as "Europe/Berlin"');

const onOrOff = z
  .string()
  .regex(/^(?:on|off)$/, '"on" or "off"')
  .transform((text) => text === 'on');

/** From the time between two checks of uploads to a day. */
const minutes = wholeNumber((value) => value >= 5 && value <= 1440, 'a whole number of minutes from 5 to 1440');

/** Every setting, as text; the message of an issue is the expected form. */
export const settingsSchema = z.strictObject({
  stackName: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,127}$/, 'a letter, then letters, digits and "-", at most 128')
    .default('MediaBatch'),
  bucketName: z.string().regex(bucketName, 'the name of an existing bucket, such as "my-media"').optional(),
  bucketKeyArn: z.string().regex(keyArn, "the ARN of the bucket's KMS key, arn:…:kms:…:key/…").optional(),
  keyArn: z.string().regex(keyArn, 'the ARN of a KMS key, arn:…:kms:…:key/…').optional(),
  outputPrefix: keyPrefix.default('nova/batch/output/'),
  runsPrefix: keyPrefix.default('nova/batch/runs/'),
  resultsPrefix: keyPrefix.default('nova/batch/results/'),
  stagingPrefix: keyPrefix.default('nova/batch/staging/'),
  /** Ignored, with a warning: the input is at the root. */
  inputPrefix: z.string().optional(),
  models: z
    .string()
    .transform((text) => [...new Set(text.split(',').map((id) => id.trim()))])
    .optional(),
  modelQuotas: modelQuotasSettingSchema.default({}),
  modelPrices: modelPricesSettingSchema.default({}),
  retentionDays: wholeNumber((value) => value >= 1 && value <= 3650, 'a whole number of days from 1 to 3650').default(
    30,
  ),
  logRetentionDays: wholeNumber(
    (value) => logRetentions.some((retention) => retention === value),
    `a number of days that CloudWatch Logs takes (${logRetentions.join(', ')})`,
  ).default(RetentionDays.THREE_MONTHS),
  cleanUpSchedule: schedule.default('cron(0 3 * * ? *)'),
  cleanUpTimeZone: timeZone.default('Etc/UTC'),
  jobTags: jobTagsSchema.default([]),
  requestUploads: onOrOff.default(true),
  requestsPrefix: keyPrefix.default('requests/'),
  /** Absent: off. */
  uploadRun: triggerRequestSettingSchema.optional(),
  uploadQuietMinutes: minutes.default(15),
  uploadLatestMinutes: minutes.default(60),
  /** Absent: off. */
  nightlyRun: triggerRequestSettingSchema.optional(),
  nightlySchedule: schedule.default('cron(0 1 * * ? *)'),
  nightlyTimeZone: timeZone.default('Etc/UTC'),
  alarmEmail: z.email('an address such as "media@example.com"').optional(),
});

/** Names of the settings in the CDK's context. */
export type SettingName = keyof typeof settingsSchema.shape;

function wholeNumber(isTaken: (value: number) => boolean, expected: string) {
  return z
    .string()
    .regex(/^\d{1,5}$/, expected)
    .transform(Number)
    .refine(isTaken, expected);
}

/** EventBridge Scheduler takes names only; the runtime also takes offsets such as +01:00. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
