import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { claimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { withoutLogger } from '../shared/aws/without-logger.ts';
import { collectResultsSchema } from '../shared/domain/state.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { collectResults } from './collect-results.ts';

const environment = readEnvironment(environmentSchemas['collect-results']);
const s3 = withoutLogger(new S3Client());
const dynamodb = withoutLogger(new DynamoDBClient());
const dependencies = {
  table: runTable(dynamodb, environment.TABLE_NAME),
  claims: claimTable(dynamodb, environment.TABLE_NAME),
  storeOf: (bucket: string) => mediaStore(s3, bucket),
  prefixes: keyPrefixesOf(environment),
};

export const handler = stepHandler({
  step: 'collect-results',
  input: collectResultsSchema,
  output: collectResultsSchema,
  run: (input, { log, isTimeUp }) => collectResults(input, { ...dependencies, log, isTimeUp }),
});
