import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import type { KeyPrefixes } from '../../shared/domain/keys.ts';
import type { ModelQuotas, Quotas } from '../../shared/domain/model/models.ts';
import type { Plan } from '../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import type { RunTable } from '../../shared/domain/ports/run-table.ts';
import { jobHashOf } from '../../shared/domain/record/record.ts';
import type { InspectDependencies } from '../inspect/inspect-media.ts';

/** What planning an attempt needs. */
export interface AttemptDependencies {
  table: RunTable;
  store: MediaStore;
  stagingBucket: string;
  prefixes: KeyPrefixes;
  modelQuotas: ModelQuotas;
  /** How headers of media are read. */
  inspect: InspectDependencies;
  /** Makes a new, unique ID. */
  newId(): string;
  now(): number;
  /** Says whether this turn must end. */
  isTimeUp(): boolean;
}

/** The run and the settings that an attempt is planned for. */
export interface AttemptContext extends Pick<AttemptDependencies, 'stagingBucket' | 'prefixes' | 'now'> {
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
  store: Pick<MediaStore, 'bucket' | 'readLines' | 'writeLines'>;
  /** The ID of the turn that plans it. */
  planner: string;
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
