import type { Invocation } from '../shared/runtime/step-handler.ts';
import type { RecoverRunsOutput } from './recover-runs.ts';

/** A line for each run that a person may look for, and one for recovery. */
export function logRecovery(summary: RecoverRunsOutput, log: Pick<Invocation['log'], 'info' | 'warn'>): void {
  const { resumed, stopped, waiting, stuck, failed, counts, problems } = summary;
  for (const [standing, runIds] of Object.entries({ resumed, stopped, waiting })) {
    for (const runId of runIds) log.info('Run:Recovered', { runId, standing });
  }
  for (const [standing, runIds] of Object.entries({ stuck, failed })) {
    for (const runId of runIds) log.warn('Run:Recovered', { runId, standing });
  }
  log.info('Recovery:Ended', { counts, problems });
}
