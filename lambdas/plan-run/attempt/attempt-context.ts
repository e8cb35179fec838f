import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import type { KeyPrefixes } from '../../shared/domain/keys.ts';
import type { Quotas } from '../../shared/domain/model/models.ts';
import type { Plan } from '../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import { jobHashOf } from '../../shared/domain/record/record.ts';
import type { DecidedLayout } from './decide-layout.ts';

/** What an attempt is planned for. */
export interface AttemptContext {
  runId: string;
  /** The run's first execution and its start, which name its jobs. */
  executionArn: string;
  startedAt: string;
  attempt: number;
  request: Plan['request'];
  label: string;
  quotas: Quotas;
  analyses: readonly Analysis[];
  timeoutHours: number;
  stagingBucket: string;
  prefixes: KeyPrefixes;
  store: Pick<MediaStore, 'bucket' | 'readLines' | 'writeLines'>;
  /** ID of whoever plans this. */
  planner: string;
  now(): number;
  /** Where the jobs lie, given what they add to the bucket if they lie at its root. */
  decide(addedBytes: number): DecidedLayout;
  /** The list of earlier turns, whose records come before those of this one. */
  earlierKey?: string;
  /** Whether the records ended because time was up, so that another turn goes on behind them. */
  wasCut?(): boolean;
}

/** `media-3f9a2c81d0-2`, and in a further attempt `media-3f9a2c81d0-r2-1`: at most 63 characters. */
export function jobNameOf(context: AttemptContext, number: number): string {
  const { request, attempt } = context;
  const ofRun = `${request.name ?? 'media'}-${hashOf(context, 1, 1).slice(0, 10)}`;
  return attempt === 1 ? `${ofRun}-${number}` : `${ofRun}-r${attempt}-${number}`;
}

/** The hash in the IDs of a job's records. */
export function hashOf({ executionArn, startedAt }: AttemptContext, attempt: number, number: number): string {
  return jobHashOf(executionArn, startedAt, attempt, number);
}
