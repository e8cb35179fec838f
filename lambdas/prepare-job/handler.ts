import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { batchJobs } from '../shared/batch-jobs.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/environment.ts';
import { executions } from '../shared/executions.ts';
import { mediaStore } from '../shared/media-store.ts';
import { stepHandler } from '../shared/middleware.ts';
import { runTable } from '../shared/run-table.ts';
import { jobReferenceSchema, prepareJobInputSchema } from '../shared/state.ts';
import { prepareJob } from './prepare-job.ts';

const environment = readEnvironment(environmentSchemas['prepare-job']);
const dependencies = {
  table: runTable(new DynamoDBClient(), environment.TABLE_NAME),
  store: mediaStore(new S3Client(), environment.MEDIA_BUCKET),
  bedrock: batchJobs(new BedrockClient()),
  executions: executions(new SFNClient()),
  prefixes: keyPrefixesOf(environment),
  now: Date.now,
};

export const handler = stepHandler({
  step: 'prepare-job',
  input: prepareJobInputSchema,
  output: jobReferenceSchema,
  run: (input) => prepareJob(input, dependencies),
});
