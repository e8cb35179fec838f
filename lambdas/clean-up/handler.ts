import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { cleanUpCheckpoints } from '../shared/aws/dynamodb/clean-up-checkpoints.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { objectVersions } from '../shared/aws/s3/object-versions.ts';
import { unfinishedUploads } from '../shared/aws/s3/unfinished-uploads.ts';
import { executions } from '../shared/aws/step-functions.ts';
import { withoutLogger } from '../shared/aws/without-logger.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { cleanUp, cleanUpInputSchema, cleanUpOutputSchema } from './clean-up.ts';
import { countCleanUp } from './count-clean-up.ts';

const environment = readEnvironment(environmentSchemas['clean-up']);
const s3 = withoutLogger(new S3Client());
const dynamodb = withoutLogger(new DynamoDBClient());
const dependencies = {
  table: runTable(dynamodb, environment.TABLE_NAME),
  checkpoints: cleanUpCheckpoints(dynamodb, environment.TABLE_NAME),
  store: mediaStore(s3, environment.MEDIA_BUCKET),
  uploads: unfinishedUploads(s3, environment.MEDIA_BUCKET),
  versions: objectVersions(s3, environment.MEDIA_BUCKET),
  staging: mediaStore(s3, environment.STAGING_BUCKET),
  stagedUploads: unfinishedUploads(s3, environment.STAGING_BUCKET),
  bedrock: batchJobs(new BedrockClient()),
  executions: executions(new SFNClient()),
  prefixes: keyPrefixesOf(environment),
  retentionDays: environment.RETENTION_DAYS,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'clean-up',
  input: cleanUpInputSchema,
  output: cleanUpOutputSchema,
  run: async (input, { log, counters, isTimeUp }) => {
    const summary = await cleanUp(input, { ...dependencies, isTimeUp });
    log.info('CleanUp:Ended', { ...summary });
    countCleanUp(summary, counters);
    return summary;
  },
});
