/**
 * Limits that are AWS's, each with its source; sizes in bytes. Where AWS says GB, the smaller reading of it is taken.
 */

const KiB = 1024;
const GB = 1_000_000_000;

/** https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html: a video in S3 may have 1 GB. */
export const maxVideoBytes = GB;

/**
 * https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html: a request's images in S3 may
 * have 2 GB together, and ours has one. The page of the first Nova models only says that their 25 MB do not apply in
 * S3.
 */
export const maxImageBytes = 2 * GB;

/** Same page: an image may have 8,000 × 8,000 pixels. */
export const maxImageSidePixels = 8000;

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html: timeoutDurationInHours
 * 24–168.
 */
export const jobTimeoutHours = { min: 24, max: 168, default: 72 } as const;

/**
 * Hours past its own timeout for which a job is still polled; our limit. A job that Bedrock has not ended by then is
 * stopped, so every wait has an end.
 */
export const overdueHours = 12;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html: a key has at most 1,024 bytes of UTF-8. */
export const maxKeyBytes = 1024;

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_S3Location.html: `uri` has at most 1,024
 * characters.
 */
export const maxS3UriLength = 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html: keys, or versions, of one request. */
export const maxKeysPerDelete = 1000;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html: items of one request. */
export const maxItemsPerRead = 100;

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: events in one execution's history. */
export const maxHistoryEvents = 25_000;

/**
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: payload of a state, a task or an execution.
 */
export const maxStatePayloadBytes = 256 * KiB;

/**
 * A request is passed to the first and last state with the names of its execution: a larger one could not even be
 * refused.
 */
export const maxRequestBytes = maxStatePayloadBytes - 4 * KiB;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: the longest that a function may run. */
export const maxFunctionSeconds = 900;

/** A minute longer: by then a function that began has ended. */
export const functionGoneSeconds = maxFunctionSeconds + 60;

/** Further attempts that a request may ask for: each can take as long as the first. */
export const maxRetries = 5;

/** Jobs of one attempt: their names are the state of one execution, at most 256 KiB. */
export const maxJobsPerAttempt = 1000;

/**
 * Quotas of a Nova model's batch jobs unless its own row differs:
 * https://docs.aws.amazon.com/general/latest/gr/bedrock.html
 */
export const defaultJobQuotas = {
  minRecordsPerJob: 100,
  maxRecordsPerJob: 100_000,
  maxRecordsPerFile: 100_000,
  maxFileBytes: GB,
  maxJobBytes: 5 * GB,
  maxOpenJobs: 100,
} as const;

/** Nova Lite and Nova Pro may read 100 GB a job: https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
export const raisedMaxJobBytes = 100 * GB;
