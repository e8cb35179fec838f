import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import { z } from 'zod';
import { parseJson } from '../json.ts';
import { type AwsRequest, notSimulated, type Service, type ServiceOptions } from '../service.ts';

const keyed = z.record(z.string(), z.unknown()).transform(Object.keys);
/** What dynalite has of the API, except for tags. */
const simulated = new Set(
  `BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable GetItem ListTables PutItem Query Scan UpdateItem`.split(
    ' ',
  ),
);
const requestSchema = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  RequestItems: keyed.optional(),
});

export interface DynamodbOptions extends Omit<ServiceOptions, 'clock'> {
  /** Where tables lie. By default on disk, in the data folder, where they survive a restart. */
  tables?: 'disk' | 'memory' | undefined;
}

/** DynamoDB, which is dynalite behind our endpoint. */
export function dynamodbService({ tables = 'disk', ...options }: DynamodbOptions) {
  // dynalite takes the Region of its ARNs from the environment, once, when it is made.
  const { AWS_REGION } = process.env;
  process.env.AWS_REGION = options.region;
  const server = dynalite({
    ...(tables === 'disk' && { path: join(options.dataFolder, 'dynamodb') }),
    ...{ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 },
  });
  if (AWS_REGION === undefined) delete process.env.AWS_REGION;
  else process.env.AWS_REGION = AWS_REGION;
  const inUse = new Set<Promise<unknown>>();
  let isClosed = false;

  const service: Service = async (request, response) => {
    // Read before it is handed on: dynalite throws out of reach when a caller is killed in the middle of its request.
    const body = await buffer(request.http);
    authorize(request, body, `arn:aws:dynamodb:${options.region}:${options.accountId}:table/`);
    // A caller that is still there when the local AWS ends gets no answer.
    if (isClosed) return void response.destroy();
    const answered = Promise.withResolvers<void>();
    inUse.add(answered.promise);
    // Until dynalite has its answer, even where the caller has gone: what it reads then must still be open.
    const end = response.end.bind(response);
    response.end = (...content: []) => {
      inUse.delete(answered.promise);
      answered.resolve();
      return end(...content);
    };
    const { method, url, headers } = request.http;
    server.emit('request', Object.assign(Readable.from([body]), { method, url, headers }), response);
  };
  return {
    service,
    async close(): Promise<void> {
      isClosed = true;
      await Promise.all(inUse);
      await new Promise<void>((resolve, reject) => {
        // dynalite puts its tables away only after it has listened, so it does that for a moment.
        server.listen(0, '127.0.0.1', () => server.close((error) => (error ? reject(error) : resolve())));
      });
    },
  };
}

/** What an operation needs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
function authorize(request: AwsRequest, body: Buffer, tables: string): void {
  const { operation } = request;
  if (!simulated.has(operation)) notSimulated(`${operation} of DynamoDB`);
  const { data } = requestSchema.safeParse(parseJson(body.toString()));
  const index = data?.IndexName === undefined ? '' : `/index/${data.IndexName}`;
  const resources = data?.RequestItems ?? [`${data?.TableName ?? '*'}${index}`];
  for (const resource of resources) request.authorize(`dynamodb:${operation}`, `${tables}${resource}`);
}
