import { randomUUID } from 'node:crypto';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { claimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { executions } from '../shared/aws/step-functions.ts';
import { withoutLogger } from '../shared/aws/without-logger.ts';
import { prepareJobInputSchema, prepareJobOutputSchema } from '../shared/domain/state.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { prepareJob } from './prepare-job.ts';

const environment = readEnvironment(environmentSchemas['prepare-job']);
const dynamodb = withoutLogger(new DynamoDBClient());
const s3 = withoutLogger(new S3Client());
const dependencies = {
  table: runTable(dynamodb, environment.TABLE_NAME),
  claims: claimTable(dynamodb, environment.TABLE_NAME),
  storeOf: (bucket: string) => mediaStore(s3, bucket),
  bedrock: batchJobs(new BedrockClient()),
  executions: executions(new SFNClient()),
  prefixes: keyPrefixesOf(environment),
  modelQuotas: environment.MODEL_QUOTAS,
  newId: randomUUID,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'prepare-job',
  input: prepareJobInputSchema,
  output: prepareJobOutputSchema,
  run: (input, { isTimeUp }) => prepareJob(input, { ...dependencies, isTimeUp }),
});
