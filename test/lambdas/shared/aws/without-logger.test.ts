import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { withoutLogger } from '../../../../lambdas/shared/aws/without-logger.ts';

it.each([new S3Client({ region: 'us-east-1' }), new DynamoDBClient({ region: 'us-east-1' })])(
  'a client makes nothing ready for a logger, and does all else as before',
  (client) => {
    const before = client.middlewareStack.identify();

    const after = withoutLogger(client).middlewareStack.identify();

    expect(before.filter((each) => !after.includes(each))).toEqual([expect.stringMatching(/^loggerMiddleware/)]);
  },
);
