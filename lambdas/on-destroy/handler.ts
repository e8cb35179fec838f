import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { executions } from '../shared/aws/step-functions.ts';
import { environmentSchemas, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { answerCloudFormation, customResourceAnswerSchema, customResourceRequestSchema } from './cloud-formation.ts';
import { onDestroy } from './on-destroy.ts';

const environment = readEnvironment(environmentSchemas['on-destroy']);
const s3 = new S3Client();
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const dependencies = {
  table: runTable(new DynamoDBClient(), environment.TABLE_NAME),
  bedrock: batchJobs(new BedrockClient()),
  executions: executions(new SFNClient()),
  stateMachineArn: environment.STATE_MACHINE_ARN,
  storeOf: (bucket: string) => mediaStore(s3, bucket),
  store: mediaStore(s3, environment.MEDIA_BUCKET),
  staging: mediaStore(s3, environment.STAGING_BUCKET),
  stagingPrefix: environment.STAGING_PREFIX,
  now: Date.now,
  sleep,
};

/** Time reserved for the answer and for the last check before it, in milliseconds. */
const answerMs = 30_000;
const lastCheckMs = 60_000;

export const handler = stepHandler({
  step: 'on-destroy',
  input: customResourceRequestSchema,
  output: customResourceAnswerSchema,
  run: async (request, { deadline, log }) => {
    const isTimeUp = () => Date.now() > deadline - answerMs - lastCheckMs;
    const answer = await answerCloudFormation(request, () => onDestroy(request, { ...dependencies, isTimeUp }), {
      maxMs: deadline - answerMs - Date.now(),
      sleep,
    });
    log.info('CustomResource:Answered', { request: request.RequestType, ...answer });
    return answer;
  },
});
