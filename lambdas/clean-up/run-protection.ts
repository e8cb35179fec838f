import type { KeyPrefixes } from '../shared/domain/keys.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { isOpen } from '../shared/domain/run/run.ts';

/** Says which files belong to an open run, however old they are. */
export interface RunProtection {
  isLiveRun(key: string): Promise<boolean>;
  isLiveOutput(key: string): Promise<boolean>;
  isOpenJob(jobName: string): boolean;
}

/** Asks the table once per run: its status, and which jobs are still open. */
export async function runProtection({
  table,
  prefixes,
}: {
  table: Pick<RunTable, 'getRun' | 'listOpenJobs'>;
  prefixes: KeyPrefixes;
}): Promise<RunProtection> {
  const openJobNames = new Set((await table.listOpenJobs()).map(({ jobName }) => jobName));
  const liveRuns = new Map<string, boolean>();

  async function isLive(runId: string): Promise<boolean> {
    const known = liveRuns.get(runId);
    if (known !== undefined) return known;
    const run = await table.getRun(runId);
    const live = run !== undefined && isOpen(run);
    liveRuns.set(runId, live);
    return live;
  }

  return {
    isLiveRun: (key) => isLive(folderBelow(prefixes.runsPrefix, key)),
    isLiveOutput: async (key) => openJobNames.has(folderBelow(prefixes.outputPrefix, key)),
    isOpenJob: (jobName) => openJobNames.has(jobName),
  };
}

/** Returns the name of the folder below a prefix that a key is in; empty where there is none. */
export function folderBelow(prefix: string, key: string): string {
  const rest = key.slice(prefix.length);
  return rest.slice(0, Math.max(0, rest.indexOf('/')));
}
