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

/** When a run over uploads starts, in minutes. */
export interface UploadsDue {
  request: RequestOfTrigger;
  /** So long after the last upload… */
  quietMinutes: number;
  /** …or after the first. */
  latestMinutes: number;
  /** Until somebody looks again. */
  everyMinutes: number;
}

/**
 * Starts one run over all uploads that wait, once it has been quiet or they have waited long enough. While the last such run goes on,
 * more uploads wait, and are the next one's together.
 */
export async function startUploads(due: UploadsDue, dependencies: StartUploadsDependencies): Promise<OnScheduleOutput> {
  const { table, executions, stateMachineArn, now } = dependencies;
  const { firstAt, lastAt, runId: last, started } = await table.readTrigger('uploads');
  // Whoever took the uploads for it got no further.
  if (last !== undefined && started === false) return start(last);
  if (firstAt === undefined || lastAt === undefined) return { reason: 'no uploads wait' };
  if (!isDue({ firstAt, lastAt }, due, now())) return { reason: 'uploads may still come' };
  if (last !== undefined && (await isRunActive(last, dependencies))) return { reason: `run ${last} goes on` };
  const runId = runIdAt('uploads', firstAt);
  if (await table.takeUploads({ firstAt, lastAt }, runId)) return start(runId);
  return { reason: 'more uploads came just now' };

  async function start(runId: string): Promise<OnScheduleOutput> {
    await executions.startNamed(stateMachineArn, runId, due.request);
    await table.setStarted(runId);
    return { runId };
  }
}

const minuteMs = 60_000;

/** At the latest at the last look before the limit, not at the first one after it. */
function isDue({ firstAt, lastAt }: Waiting, due: UploadsDue, now: number): boolean {
  const isQuiet = now - Date.parse(lastAt) >= due.quietMinutes * minuteMs;
  return isQuiet || now - Date.parse(firstAt) > (due.latestMinutes - due.everyMinutes) * minuteMs;
}
