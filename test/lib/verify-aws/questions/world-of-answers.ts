import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { localConnection } from '../../../../lib/program/connection.ts';
import { batchJobs } from '../../../../lib/verify-aws/jobs.ts';
import { objectsOf } from '../../../../lib/verify-aws/objects.ts';
import { planFor } from '../../../../lib/verify-aws/plan.ts';
import type { Found, Question } from '../../../../lib/verify-aws/question.ts';
import { capturedContext } from '../../cli/captured-context.ts';

/** A request by its method and path, or by its target where it has one, and its body. */
export type AnswerOf = (request: string, body: string) => object | string;

/** Asks a question of an account that answers as told: with JSON, or with text such as XML. */
export async function askOf(question: Question, answerOf: AnswerOf): Promise<Found> {
  const server = createServer(async (request, response) => {
    const target = request.headers['x-amz-target'];
    const path = decodeURIComponent(request.url ?? '').replace(/\?.*/, '');
    const answer = answerOf(target === undefined ? `${request.method} ${path}` : String(target), await text(request));
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const { client } = localConnection(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  const { context } = capturedContext();
  const stack = { bucket: 'bucket', tableName: 'table', stateMachineArn: 'arn:machine', bedrockRoleArn: 'arn:role' };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const clients = { s3, dynamodb: new DynamoDBClient(client), states: new SFNClient(client) };
  const waiting = { ...context, now: Date.now, everyMs: 0, endsAt: Number.POSITIVE_INFINITY };
  try {
    return await question.ask({
      ...{ plan: planFor('us-east-1', { folderGb: 6 }), context, stack, clients },
      objects: objectsOf(s3, stack.bucket),
      jobs: batchJobs(new BedrockClient(client), stack, waiting),
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
