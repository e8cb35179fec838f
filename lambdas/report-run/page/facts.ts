import type { Job } from '../../shared/domain/job/job.ts';
import type { KeyPrefixes } from '../../shared/domain/keys.ts';
import type { Attempt, Plan } from '../../shared/domain/plan/plan.ts';
import type { Outcome } from '../../shared/domain/run/outcome.ts';
import { type Place, placeOfArn } from '../../shared/domain/run/report-links.ts';
import type { Run } from '../../shared/domain/run/run.ts';

/** The facts of a report page, all of them stored, so that a repeat writes the same page. */
export interface PageFacts {
  run: Run;
  outcome: Outcome;
  plan?: Plan;
  attempts: readonly Attempt[];
  /** Jobs of all attempts, in their order. */
  jobs: readonly Job[];
  bucket: string;
  prefixes: KeyPrefixes;
}

/** Returns the partition, Region and account of a run. */
export function placeOf({ run }: Pick<PageFacts, 'run'>): Place | undefined {
  return placeOfArn(run.executionArns[0] ?? '');
}

/** Returns the duration of a run in milliseconds. */
export function durationMs({ run, outcome }: Pick<PageFacts, 'run' | 'outcome'>): number {
  return Date.parse(outcome.endedAt) - Date.parse(run.startedAt);
}
