import type { IncomingMessage } from 'node:http';
import { callOf } from '../chaos/aws-call.ts';

/** How often what was asked, by service and operation: `s3 LIST`, `s3 PUT`, `dynamodb BatchGetItem`. */
export type CallCounts = Readonly<Record<string, number>>;

/** Counts the requests that reach an endpoint, in words that AWS bills by. */
export function callCounter() {
  const counts = new Map<string, number>();
  return {
    count(http: IncomingMessage): void {
      const { service, operation } = callOf(http);
      const isList = service === 's3' && operation === 'GET' && http.url?.includes('list-type=2');
      const kind = `${service} ${isList ? 'LIST' : operation}`;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    },
    /** What was counted since the last time. */
    take(): CallCounts {
      const taken = Object.fromEntries(counts);
      counts.clear();
      return taken;
    },
  };
}
