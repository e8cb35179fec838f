import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import { z } from 'zod';
import { parseJson } from '../json.ts';
import { type AwsRequest, notSimulated, type Service, type ServiceOptions } from '../service.ts';

const keyed = z.record(z.string(), z.unknown()).transform(Object.keys);
/** What dynalite has of the API, except for tags. */
const simulated =
  `BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable GetItem ListTables PutItem Query
  Scan UpdateItem`.split(/\s+/);
const requestSchema = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  RequestItems: keyed.optional(),
});

export interface DynamodbOptions extends Omit<ServiceOptions, 'clock'> {
  /** Default: on disk, in the data folder, where tables survive a restart. */
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
    // Read here: dynalite would throw out of our reach when a caller is killed in the middle of its request.
    const body = await buffer(request.http);
    authorize(request, body, `arn:aws:dynamodb:${options.region}:${options.accountId}:table/`);
    // A caller that is still there when the local AWS ends gets no answer.
    if (isClosed) return void response.destroy();
    const answered = Promise.withResolvers<void>();
    inUse.add(answered.promise);
    // In use until dynalite has answered, even if the caller is gone: its files must stay open until then.
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
        // dynalite closes its tables only after it has listened, so it listens for a moment.
        server.listen(0, '127.0.0.1', () => server.close((error) => (error ? reject(error) : resolve())));
      });
    },
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
function authorize(request: AwsRequest, body: Buffer, tables: string): void {
  const { operation } = request;
  if (!simulated.includes(operation)) notSimulated(`${operation} of DynamoDB`);
  const { data } = requestSchema.safeParse(parseJson(body.toString()));
  const index = data?.IndexName === undefined ? '' : `/index/${data.IndexName}`;
  const resources = data?.RequestItems ?? [`${data?.TableName ?? '*'}${index}`];
  for (const resource of resources) request.authorize(`dynamodb:${operation}`, `${tables}${resource}`);
}
