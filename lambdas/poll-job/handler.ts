import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { pollJobInputSchema, pollJobOutputSchema } from '../shared/domain/state.ts';
import { environmentSchemas, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { pollJob } from './poll-job.ts';

const environment = readEnvironment(environmentSchemas['poll-job']);
const table = runTable(new DynamoDBClient(), environment.TABLE_NAME);
const bedrock = batchJobs(new BedrockClient());

export const handler = stepHandler({
  step: 'poll-job',
  input: pollJobInputSchema,
  output: pollJobOutputSchema,
  run: (input) => pollJob(input, { table, bedrock, now: Date.now }),
});
