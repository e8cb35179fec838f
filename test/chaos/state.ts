import { GetModelInvocationJobCommand, paginateListModelInvocationJobs } from '@aws-sdk/client-bedrock';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand, paginateGetExecutionHistory, paginateListExecutions } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { World } from './world.ts';

/** What is in the local AWS, read with real clients. */
export type State = Awaited<ReturnType<typeof readState>>;

export async function readState({ aws, s3, sfn, dynamodb, bedrock }: World) {
  const objects = new Map<string, { key: string; etag: string; bytes: number }>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: aws.bucket })) {
    for (const { Key: key = '', ETag = '', Size: bytes = 0 } of Contents) {
      objects.set(key, { key, etag: ETag.replaceAll('"', ''), bytes });
    }
  }
  const staged: string[] = [];
  const Bucket = aws.outputs.StagingBucket;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    staged.push(...Contents.map(({ Key = '' }) => Key));
  }
  const items: Record<string, unknown>[] = [];
  const client = DynamoDBDocumentClient.from(dynamodb);
  for await (const { Items = [] } of paginateScan({ client }, { TableName: aws.tableName })) items.push(...Items);
  const jobs = [];
  for await (const { invocationJobSummaries = [] } of paginateListModelInvocationJobs({ client: bedrock }, {})) {
    for (const { jobArn } of invocationJobSummaries) {
      jobs.push(await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobArn })));
    }
  }
  return { objects, staged, items, jobs, executions: await readExecutions(), text, lines };

  async function text(Key: string): Promise<string> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  }
  /** The objects of a list, one a line. */
  async function lines(key: string): Promise<unknown[]> {
    const all = objects.has(key) ? (await text(key)).split('\n') : [];
    return all.filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  async function readExecutions() {
    const found: { arn: string; name: string; status: string; events: number }[] = [];
    async function read(of: { stateMachineArn?: string; mapRunArn?: string }, deeper: boolean): Promise<void> {
      for await (const { executions = [] } of paginateListExecutions({ client: sfn }, of)) {
        for (const { executionArn: arn = '', name = '', status = '' } of executions) {
          const last = new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 1 });
          const { events: [event] = [] } = await sfn.send(last);
          found.push({ arn, name, status, events: event?.id ?? 0 });
          if (!deeper) continue;
          for await (const { events = [] } of paginateGetExecutionHistory({ client: sfn }, { executionArn: arn })) {
            for (const { mapRunStartedEventDetails } of events) {
              if (mapRunStartedEventDetails) await read({ mapRunArn: mapRunStartedEventDetails.mapRunArn }, false);
            }
          }
        }
      }
    }
    await read({ stateMachineArn: aws.stateMachineArn }, true);
    return found;
  }
}
