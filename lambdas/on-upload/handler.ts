import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { triggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import { mediaStore } from '../shared/aws/s3/media-store.ts';
import { executions } from '../shared/aws/step-functions.ts';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { onUploadInputSchema, onUploadOutputSchema } from './events.ts';
import { onUpload } from './on-upload.ts';

const environment = readEnvironment(environmentSchemas['on-upload']);
const dependencies = {
  table: triggerTable(new DynamoDBClient(), environment.TABLE_NAME, Date.now),
  store: mediaStore(new S3Client(), environment.MEDIA_BUCKET),
  executions: executions(new SFNClient()),
  stateMachineArn: environment.STATE_MACHINE_ARN,
  prefixes: keyPrefixesOf(environment),
  requestsPrefix: environment.REQUESTS_PREFIX,
  uploadPrefixes: environment.UPLOAD_PREFIXES,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'on-upload',
  input: onUploadInputSchema,
  output: onUploadOutputSchema,
  run: async (event, { log }) => {
    const done = await onUpload(event, dependencies);
    log.info('Upload:Handled', { ...done });
    return done;
  },
});
