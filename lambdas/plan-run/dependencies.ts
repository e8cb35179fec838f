import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import type { KeyPrefixes } from '../shared/domain/keys.ts';
import type { ModelQuotas } from '../shared/domain/model/models.ts';
import type { ModelPrices } from '../shared/domain/model/pricing.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { ProbeDependencies } from './estimate/probe-media.ts';

/** What `Plan run` asks of the world. */
export interface PlanRunDependencies {
  table: Pick<
    RunTable,
    'getRun' | 'createRun' | 'advanceRun' | 'createJob' | 'updateJob' | 'listJobs' | 'findJob' | 'getJob'
  >;
  claims: Pick<ClaimTable, 'readClaims'>;
  store: Pick<
    MediaStore,
    'bucket' | 'listObjects' | 'headObject' | 'readJson' | 'createJson' | 'readLines' | 'readPieces' | 'writeLines'
  >;
  stagingBucket: string;
  prefixes: KeyPrefixes;
  deployedModelIds: readonly string[];
  modelQuotas: ModelQuotas;
  modelPrices: ModelPrices;
  /** How media are looked into. */
  probe: ProbeDependencies;
  /** An ID that nobody had before. */
  newId(): string;
  now(): number;
  /** Whether this turn has to end. */
  isTimeUp(): boolean;
}
