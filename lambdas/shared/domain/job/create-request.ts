import * as z from 'zod';

/**
 * The API whose format a job's records have, one for the whole job:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html
 */
export const modelInvocationTypeSchema = z.enum(['InvokeModel', 'Converse']);
export type ModelInvocationType = z.infer<typeof modelInvocationTypeSchema>;

/** A Create request, written before it is sent so that a repeat is identical. */
export const createRequestSchema = z.lazy(() =>
  z.object({
    jobName: z.string(),
    clientRequestToken: z.string(),
    roleArn: z.string(),
    modelId: z.string(),
    modelInvocationType: modelInvocationTypeSchema,
    inputDataConfig: z.object({
      s3InputDataConfig: z.object({ s3InputFormat: z.literal('JSONL'), s3Uri: z.string() }),
    }),
    outputDataConfig: z.object({
      s3OutputDataConfig: z.object({ s3Uri: z.string(), s3EncryptionKeyId: z.string().optional() }),
    }),
    timeoutDurationInHours: z.int(),
    tags: z.array(z.object({ key: z.string(), value: z.string() })),
  }),
);
export type CreateRequest = z.infer<typeof createRequestSchema>;
