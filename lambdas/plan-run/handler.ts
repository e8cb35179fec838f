import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { claimTable } from '../shared/claim-table.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/environment.ts';
import { mediaStore } from '../shared/media-store.ts';
import { stepHandler } from '../shared/middleware.ts';
import { runTable } from '../shared/run-table.ts';
import { planRunInputSchema, planRunOutputSchema } from '../shared/state.ts';
import { planRun } from './plan-run.ts';

const environment = readEnvironment(environmentSchemas['plan-run']);
const dynamodb = new DynamoDBClient();
const dependencies = {
  table: runTable(dynamodb, environment.TABLE_NAME),
  claims: claimTable(dynamodb, environment.TABLE_NAME),
  store: mediaStore(new S3Client(), environment.MEDIA_BUCKET),
  stagingBucket: environment.STAGING_BUCKET,
  prefixes: keyPrefixesOf(environment),
  deployedModelIds: environment.MODEL_IDS.split(','),
  modelQuotas: environment.MODEL_QUOTAS,
  newId: randomUUID,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'plan-run',
  input: planRunInputSchema,
  output: planRunOutputSchema,
  run: (input) => planRun(input, dependencies),
});
