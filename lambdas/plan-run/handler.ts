import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { claimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { mediaFactsTable } from '../shared/aws/dynamodb/media-facts-table.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { rangeReader } from '../shared/aws/s3/object-range.ts';
import { withoutLogger } from '../shared/aws/without-logger.ts';
import { planRunInputSchema, planRunOutputSchema } from '../shared/domain/state.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { headerReader } from './inspect/header-reader.ts';
import { planRun } from './plan-run.ts';

const environment = readEnvironment(environmentSchemas['plan-run']);
const dynamodb = withoutLogger(new DynamoDBClient());
const s3 = withoutLogger(new S3Client());
const dependencies = {
  table: runTable(dynamodb, environment.TABLE_NAME),
  claims: claimTable(dynamodb, environment.TABLE_NAME),
  store: mediaStore(s3, environment.MEDIA_BUCKET),
  stagingBucket: environment.STAGING_BUCKET,
  prefixes: keyPrefixesOf(environment),
  deployedModelIds: environment.MODEL_IDS.split(','),
  modelQuotas: environment.MODEL_QUOTAS,
  modelPrices: environment.MODEL_PRICES,
  inspect: {
    readRange: rangeReader(s3, environment.MEDIA_BUCKET),
    facts: mediaFactsTable(dynamodb, environment.TABLE_NAME, Date.now),
    headers: headerReader(),
  },
  newId: randomUUID,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'plan-run',
  input: planRunInputSchema,
  output: planRunOutputSchema,
  run: (input, { isTimeUp }) => planRun(input, { ...dependencies, isTimeUp }),
});
