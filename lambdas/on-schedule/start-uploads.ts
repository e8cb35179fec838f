import type { TriggerTable, Waiting } from '../shared/aws/dynamodb/trigger-table.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { RequestOfTrigger } from '../shared/domain/request/trigger-request.ts';
import type { OnScheduleOutput } from './events.ts';
import { type IsRunActiveDependencies, isRunActive } from './is-run-active.ts';
import { runIdAt } from './start-nightly.ts';

export interface StartUploadsDependencies extends IsRunActiveDependencies {
  table: Pick<TriggerTable, 'readTrigger' | 'takeUploads' | 'setStarted'>;
  executions: IsRunActiveDependencies['executions'] & Pick<Executions, 'startNamed'>;
  now(): number;
}

/** When to start a run over uploads, in minutes. */
export interface UploadsDue {
  request: RequestOfTrigger;
  /** How long after the last upload… */
  quietMinutes: number;
  /** …or, at the latest, after the first. */
  latestMinutes: number;
  /** The interval of the schedule. */
  everyMinutes: number;
}

/**
 * Starts one run over all waiting uploads once no more come or the first has waited long enough. While the last such
 * run is active, further uploads wait for the next one.
 */
export async function startUploads(due: UploadsDue, dependencies: StartUploadsDependencies): Promise<OnScheduleOutput> {
  const { table, executions, stateMachineArn, now } = dependencies;
  const { firstAt, lastAt, runId: last, started } = await table.readTrigger('uploads');
  // The uploads were assigned to this run, and then the function was interrupted.
  if (last !== undefined && started === false) return start(last);
  if (firstAt === undefined || lastAt === undefined) return { reason: 'no uploads wait' };
  if (!isDue({ firstAt, lastAt }, due, now())) return { reason: 'more uploads may still arrive' };
  if (last !== undefined && (await isRunActive(last, dependencies))) return { reason: `run ${last} still runs` };
  const runId = runIdAt('uploads', firstAt);
  if (await table.takeUploads({ firstAt, lastAt }, runId)) return start(runId);
  return { reason: 'more uploads have just arrived' };

  async function start(runId: string): Promise<OnScheduleOutput> {
    await executions.startNamed(stateMachineArn, runId, due.request);
    await table.setStarted(runId);
    return { runId };
  }
}

const minuteMs = 60_000;

/** Starts at the last check before the limit, not at the first check after it. */
function isDue({ firstAt, lastAt }: Waiting, due: UploadsDue, now: number): boolean {
  const isQuiet = now - Date.parse(lastAt) >= due.quietMinutes * minuteMs;
  return isQuiet || now - Date.parse(firstAt) > (due.latestMinutes - due.everyMinutes) * minuteMs;
}
