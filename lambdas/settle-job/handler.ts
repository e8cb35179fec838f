import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { settleJob } from '../shared/domain/job/settle-job.ts';
import { jobReferenceSchema, settleJobInputSchema } from '../shared/domain/state.ts';
import { environmentSchemas, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';

const environment = readEnvironment(environmentSchemas['settle-job']);
const s3 = new S3Client();
const dependencies = {
  table: runTable(new DynamoDBClient(), environment.TABLE_NAME),
  storeOf: (bucket: string) => mediaStore(s3, bucket),
  bedrock: batchJobs(new BedrockClient()),
  now: Date.now,
};

export const handler = stepHandler({
  step: 'settle-job',
  input: settleJobInputSchema,
  output: jobReferenceSchema,
  run: (input) => settleJob(input, dependencies),
});
