import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import type { Service } from './endpoint.ts';

/** DynamoDB, which is dynalite behind our endpoint; its tables lie in the data folder and survive a restart. */
export function dynamodbService(options: { dataFolder: string; region: string }): {
  service: Service;
  close(): Promise<void>;
} {
  // dynalite takes the Region of its ARNs from the environment, once, when it is made.
  const { AWS_REGION } = process.env;
  process.env.AWS_REGION = options.region;
  const path = join(options.dataFolder, 'dynamodb');
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  if (AWS_REGION === undefined) delete process.env.AWS_REGION;
  else process.env.AWS_REGION = AWS_REGION;
  return {
    async service({ http }, response) {
      // Read before it is handed on: dynalite throws out of reach when a caller is killed in the middle of its request.
      const body = await buffer(http);
      const { method, url, headers } = http;
      server.emit('request', Object.assign(Readable.from([body]), { method, url, headers }), response);
    },
    close: () =>
      new Promise((resolve, reject) => {
        // dynalite puts its tables away only after it has listened, so it does that for a moment.
        server.listen(0, '127.0.0.1', () => server.close((error) => (error ? reject(error) : resolve())));
      }),
  };
}
