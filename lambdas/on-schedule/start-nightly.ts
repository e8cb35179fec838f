import type { TriggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RequestOfTrigger } from '../shared/domain/request/trigger-request.ts';
import type { OnScheduleOutput } from './events.ts';
import { type IsRunActiveDependencies, isRunActive } from './is-run-active.ts';

export interface StartNightlyDependencies extends IsRunActiveDependencies {
  table: Pick<TriggerTable, 'readTrigger' | 'setLast'>;
  executions: IsRunActiveDependencies['executions'] & Pick<Executions, 'startNamed'>;
}

/** Starts the run of a night, once per time, unless an earlier night still runs: the next one takes its files. */
export async function startNightly(
  { scheduledTime, request }: { scheduledTime: string; request: RequestOfTrigger },
  dependencies: StartNightlyDependencies,
): Promise<OnScheduleOutput> {
  const { table, executions, stateMachineArn } = dependencies;
  const runId = runIdAt('nightly', scheduledTime);
  const { runId: last } = await table.readTrigger('nightly');
  if (last !== undefined && last !== runId && (await isRunActive(last, dependencies))) {
    return { reason: `run ${last} of an earlier night still runs; the next run takes the new files` };
  }
  await executions.startNamed(stateMachineArn, runId, request);
  await table.setLast('nightly', runId);
  return { runId };
}

/** Returns a name such as `nightly-20261122T010000Z`; names of executions have no colon. */
export function runIdAt(name: string, time: string): string {
  return `${name}-${time.replaceAll(/[-:]/g, '').replace(/\.000Z$/, 'Z')}`;
}
