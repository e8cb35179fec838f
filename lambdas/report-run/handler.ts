import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { eventBus } from '../shared/aws/event-bridge.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { isRetryable } from '../shared/domain/errors/errors.ts';
import { outcomeSchema } from '../shared/domain/run/outcome.ts';
import { reportRunInputSchema } from '../shared/domain/state.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { countRun } from './count-run.ts';
import { reportRun } from './report-run.ts';

const environment = readEnvironment(environmentSchemas['report-run']);
const events = eventBus(new EventBridgeClient());
const dependencies = {
  table: runTable(new DynamoDBClient(), environment.TABLE_NAME),
  store: mediaStore(new S3Client(), environment.MEDIA_BUCKET),
  bedrock: batchJobs(new BedrockClient()),
  prefixes: keyPrefixesOf(environment),
  stackName: environment.STACK_NAME,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'report-run',
  input: reportRunInputSchema,
  output: outcomeSchema,
  run: (input, { counters, log }) =>
    reportRun(input, {
      ...dependencies,
      log,
      events: {
        async runEnded(ended) {
          try {
            await events.runEnded(ended);
          } catch (error) {
            // A passing error is retried and counted then; a lasting one must not keep the alarms silent.
            if (!isRetryable(error)) countRun(ended, counters);
            throw error;
          }
          countRun(ended, counters);
        },
      },
    }),
});
