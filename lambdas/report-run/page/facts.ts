import type { Job } from '../../shared/domain/job/job.ts';
import type { KeyPrefixes } from '../../shared/domain/keys.ts';
import type { Attempt, Plan } from '../../shared/domain/plan/plan.ts';
import type { Outcome } from '../../shared/domain/run/outcome.ts';
import { type Place, placeOfArn } from '../../shared/domain/run/report-links.ts';
import type { Run } from '../../shared/domain/run/run.ts';

/** All that the page of a run is made of: what is written down, so that a repeat makes the same page. */
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

/** Where the run ran. */
export function placeOf({ run }: Pick<PageFacts, 'run'>): Place | undefined {
  return placeOfArn(run.executionArns[0] ?? '');
}

/** How long the run took, in milliseconds; undefined where an earlier version did not write its end down. */
export function tookMs({ run, outcome }: Pick<PageFacts, 'run' | 'outcome'>): number | undefined {
  return outcome.endedAt === undefined ? undefined : Date.parse(outcome.endedAt) - Date.parse(run.startedAt);
}
