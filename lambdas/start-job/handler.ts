import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { jobReferenceSchema, startJobOutputSchema } from '../shared/domain/state.ts';
import { environmentSchemas, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { startJob } from './start-job.ts';

const environment = readEnvironment(environmentSchemas['start-job']);
const dependencies = {
  table: runTable(new DynamoDBClient(), environment.TABLE_NAME),
  bedrock: batchJobs(new BedrockClient()),
  bedrockRoleArn: environment.BEDROCK_ROLE_ARN,
  outputKeyArn: environment.OUTPUT_KEY_ARN || undefined,
  jobTags: environment.JOB_TAGS,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'start-job',
  input: jobReferenceSchema,
  output: startJobOutputSchema,
  run: (reference) => startJob(reference, dependencies),
});
