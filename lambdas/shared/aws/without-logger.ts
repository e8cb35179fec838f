/** An SDK client, as far as its middleware can be removed. */
interface AnyClient {
  middlewareStack: { remove(name: string): boolean };
}

/**
 * Removes the logging middleware of a client that has no logger: preparing a page of 1,000 keys for it takes a tenth of
 * the time of reading the page.
 *
 * https://github.com/aws/aws-sdk-js-v3/blob/main/packages/middleware-logger/src/loggerMiddleware.ts
 */
export function withoutLogger<Client extends AnyClient>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
