import { hash } from 'node:crypto';
import { paginateGetExecutionHistory } from '@aws-sdk/client-sfn';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** One text for all that happened and all that is left of it, the same whenever a seed is run. */
export async function digestOf({ history, sfn }: World, { objects, items, jobs, executions }: State): Promise<string> {
  const lines = [...history, ...[...objects.values()].map((object) => JSON.stringify(object))];
  lines.push(...items.map((item) => JSON.stringify(Object.entries(item).sort())).sort());
  lines.push(...jobs.map(({ $metadata, ...job }) => JSON.stringify(job)).sort());
  for (const { arn: executionArn } of executions.toSorted((a, b) => (a.arn < b.arn ? -1 : 1))) {
    for await (const { events = [] } of paginateGetExecutionHistory({ client: sfn }, { executionArn })) {
      lines.push(...events.map((event) => JSON.stringify(event)));
    }
  }
  return hash('sha256', lines.join('\n'));
}
