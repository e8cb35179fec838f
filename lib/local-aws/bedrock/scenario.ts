import { z } from 'zod';
import { endSchema, operations } from './requests.ts';

const seconds = z.number().min(0);
const recordFaultSchema = z.strictObject({
  /** Affects every n-th record of the job… */
  every: z.int().min(1).default(1),
  /** …or exactly these. */
  recordIds: z.array(z.string()).optional(),
  /** `foreign` adds an output line that answers nothing in the input. */
  does: z.enum(['fail', 'missing', 'double', 'foreign', 'truncate', 'notJson']),
  errorCode: z.int().default(500),
  errorMessage: z.string().default('The model failed on this record, as the scenario says.'),
  retryable: z.boolean().default(true),
});

/** How a job goes; with an empty one it goes well. */
export const jobScenarioSchema = z.strictObject({
  /** How long each status lasts. */
  submitted: seconds.default(30),
  validating: seconds.default(60),
  scheduled: seconds.default(300),
  inProgress: seconds.default(180),
  /** What InProgress takes on top, for each record. */
  perRecord: seconds.default(1),
  stopping: seconds.default(30),
  /** Failed in Validating; Expired without a turn; Stopped and PartiallyCompleted with half of its records. */
  end: endSchema.default('Completed'),
  /** What Get says of a job that fails. */
  message: z.string().max(2048).default('The job failed, as the scenario says.'),
  /** The first fault that fits a record affects it. */
  records: z.array(recordFaultSchema).default([]),
  /** Whether media are taken whose uploader named no type, so that S3 has `binary/octet-stream` for them. */
  genericContentType: z.enum(['accept', 'refuse']).default('accept'),
});
export type JobScenario = z.input<typeof jobScenarioSchema>;
export type ParsedScenario = z.output<typeof jobScenarioSchema>;

/**
 * HTTP status codes of the errors that a scenario may answer with:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html
 */
export const faultStatus = {
  ThrottlingException: 429,
  InternalServerException: 500,
  ServiceQuotaExceededException: 400,
  ValidationException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
} as const;
const faultCodeSchema = z.enum([
  'ThrottlingException',
  'InternalServerException',
  'ServiceQuotaExceededException',
  'ValidationException',
  'AccessDeniedException',
  'ResourceNotFoundException',
] satisfies (keyof typeof faultStatus)[]);

/** An operation that fails the next `calls` times; with `afterwards` it succeeds, and only its answer is lost. */
export const apiFaultSchema = z.strictObject({
  operation: z.enum(Object.values(operations)),
  code: faultCodeSchema,
  message: z.string().default('As the scenario says.'),
  calls: z.int().min(1),
  afterwards: z.boolean().default(false),
});
export type ApiFault = z.input<typeof apiFaultSchema>;

/** The fault of a record. @param number of the record in its job, from 1 */
export function faultOf({ records }: ParsedScenario, recordId: string, number: number) {
  return records.find((fault) => fault.recordIds?.includes(recordId) ?? number % fault.every === 0);
}
