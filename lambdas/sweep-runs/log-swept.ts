import type { Invocation } from '../shared/runtime/step-handler.ts';
import type { SweepRunsOutput } from './sweep-runs.ts';

/** A line for each run that a person may look for, and one for the sweep. */
export function logSwept(summary: SweepRunsOutput, log: Pick<Invocation['log'], 'info' | 'warn'>): void {
  const { resumed, stopped, waiting, stuck, failed, counts, problems } = summary;
  for (const [standing, runIds] of Object.entries({ resumed, stopped, waiting })) {
    for (const runId of runIds) log.info('Run:Swept', { runId, standing });
  }
  for (const [standing, runIds] of Object.entries({ stuck, failed })) {
    for (const runId of runIds) log.warn('Run:Swept', { runId, standing });
  }
  log.info('Sweep:Ended', { counts, problems });
}
