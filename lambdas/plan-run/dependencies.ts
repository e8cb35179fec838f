import type { ClaimTable } from '../shared/claim-table.ts';
import type { KeyPrefixes } from '../shared/keys.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { ModelQuotas } from '../shared/models.ts';
import type { RunTable } from '../shared/run-table.ts';

/** What `Plan run` asks of the world. */
export interface PlanRunDependencies {
  table: Pick<
    RunTable,
    'getRun' | 'createRun' | 'advanceRun' | 'createJob' | 'updateJob' | 'listJobs' | 'findJob' | 'getJob'
  >;
  claims: Pick<ClaimTable, 'readClaims'>;
  store: Pick<
    MediaStore,
    'bucket' | 'listObjects' | 'headObject' | 'readJson' | 'createJson' | 'readLines' | 'writeLines'
  >;
  stagingBucket: string;
  prefixes: KeyPrefixes;
  deployedModelIds: readonly string[];
  modelQuotas: ModelQuotas;
  /** An ID that nobody had before. */
  newId(): string;
  now(): number;
}
