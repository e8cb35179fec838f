import type { CleanUpCheckpoints } from '../shared/aws/dynamodb/clean-up-checkpoints.ts';
import type { ObjectVersions } from '../shared/aws/s3/object-versions.ts';
import type { UnfinishedUploads } from '../shared/aws/s3/unfinished-uploads.ts';
import type { CleanUpOutput, RemovalKind } from '../shared/domain/clean-up.ts';
import { isNoSuchBucket, isRetryable, messageOf } from '../shared/domain/errors/errors.ts';
import type { KeyPrefixes } from '../shared/domain/keys.ts';
import type { BatchJobs } from '../shared/domain/ports/batch-jobs.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { GiveUpJobDependencies } from './give-up-job.ts';
import { type LiveReaders, liveReaders } from './live-readers.ts';
import { type RunProtection, runProtection } from './run-protection.ts';

export type CleanedStore = Pick<MediaStore, 'bucket' | 'listObjects' | 'headObject' | 'deleteObjects'>;

export interface CleanUpDependencies extends GiveUpJobDependencies {
  table: GiveUpJobDependencies['table'] & Pick<RunTable, 'listOpenJobs'>;
  bedrock: GiveUpJobDependencies['bedrock'] & Pick<BatchJobs, 'listLive'>;
  /** The bucket of the media. */
  store: CleanedStore;
  uploads: UnfinishedUploads;
  versions: ObjectVersions;
  /** The bucket of staged jobs. */
  staging: CleanedStore;
  stagedUploads: UnfinishedUploads;
  checkpoints: CleanUpCheckpoints;
  prefixes: KeyPrefixes;
  retentionDays: number;
  isTimeUp(): boolean;
}

/** A running clean-up: what its stages share and report to. */
export interface Cleaning extends CleanUpDependencies {
  dryRun: boolean;
  protection: RunProtection;
  readers: LiveReaders;
  keep(key: string, reason: string): void;
  /** Removes at most `maxKeysPerDelete` keys, or counts them in a dry run. Returns those that S3 did not remove. */
  remove(kind: RemovalKind, keys: readonly string[], from?: CleanedStore): Promise<readonly Failure[]>;
  /** Counts removals that were made by other means, or would be. */
  tell(kind: RemovalKind, tried: number, failures: readonly Failure[]): void;
}

interface Failure {
  key: string;
  reason: string;
}

/**
 * A stage of a clean-up. It starts after a key and returns the key to continue after where time was up; undefined where
 * it is done.
 */
export type Stage = (after: string, cleaning: Cleaning) => Promise<string | undefined>;

const maxListed = 100;

/** Begins a clean-up that fills in an output. */
export async function beginCleaning(output: CleanUpOutput, dependencies: CleanUpDependencies): Promise<Cleaning> {
  const { dryRun } = output;
  const tell: Cleaning['tell'] = (kind, tried, failures) => {
    output.removed[kind] += tried - failures.length;
    for (const failure of failures) list('failures', failure);
  };
  function list(name: 'kept' | 'failures', entry: Failure): void {
    if (output[name].length < maxListed) output[name].push(entry);
    else output.unlisted[name] += 1;
  }
  return {
    ...dependencies,
    dryRun,
    protection: await runProtection(dependencies),
    readers: liveReaders(dependencies),
    keep: (key, reason) => list('kept', { key, reason }),
    tell,
    async remove(kind, keys, from = dependencies.store) {
      const failures = dryRun || keys.length === 0 ? [] : await from.deleteObjects(keys);
      tell(kind, keys.length, failures);
      return failures;
    },
  };
}

/**
 * Returns a judgement on a key or folder; `unclear` where judging fails, so the key stays, is named, and blocks no
 * other.
 */
export async function orUnclear<T>(
  key: string,
  { keep }: Pick<Cleaning, 'keep'>,
  judge: () => Promise<T>,
): Promise<T | 'unclear'> {
  try {
    return await judge();
  } catch (error) {
    if (isNoSuchBucket(error) || isRetryable(error)) throw error;
    keep(key, `it cannot be judged: ${messageOf(error)}`);
    return 'unclear';
  }
}
