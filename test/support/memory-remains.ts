import type { CleanUpCheckpoints } from '../../lambdas/shared/aws/dynamodb/clean-up-checkpoints.ts';
import type { ObjectVersion, ObjectVersions } from '../../lambdas/shared/aws/s3/object-versions.ts';
import type { UnfinishedUpload, UnfinishedUploads } from '../../lambdas/shared/aws/s3/unfinished-uploads.ts';
import type { CleanUpCheckpoint } from '../../lambdas/shared/domain/clean-up.ts';

/** The unfinished uploads of a bucket in memory. */
export function memoryUploads() {
  const uploads = new Map<string, UnfinishedUpload>();
  const refused = new Map<string, Error>();
  const verbs: UnfinishedUploads = {
    async *listUploads(prefix, startAfter = '') {
      for (const upload of [...uploads.values()].sort((one, other) => (one.key < other.key ? -1 : 1))) {
        if (upload.key.startsWith(prefix) && upload.key > startAfter) yield upload;
      }
    },
    async abortUpload({ key, uploadId }) {
      const error = refused.get(key);
      if (error) throw error;
      uploads.delete(uploadId);
    },
  };
  return {
    ...verbs,
    begin(key: string, initiated: Date) {
      const uploadId = `upload-${uploads.size + 1}-${key}`;
      uploads.set(uploadId, { key, uploadId, initiated });
    },
    keys: () => [...uploads.values()].map(({ key }) => key).sort(),
    /** Keys whose uploads S3 will not abort. */
    refused,
  };
}

/** The versions of the objects in a bucket in memory; without any, it keeps none. */
export function memoryVersions() {
  let versions: ObjectVersion[] = [];
  const deleteRequests: number[] = [];
  const verbs: ObjectVersions = {
    isVersioned: async () => versions.length > 0,
    async *listVersions(prefix, startAfter = '') {
      for (const key of [...new Set(versions.map((version) => version.key))].sort()) {
        if (!key.startsWith(prefix) || key <= startAfter) continue;
        const ofKey = versions.filter((version) => version.key === key);
        yield ofKey.sort((one, other) => other.lastModified.getTime() - one.lastModified.getTime());
      }
    },
    async deleteVersions(removed) {
      deleteRequests.push(removed.length);
      const ids = new Set(removed.map(({ versionId }) => versionId));
      versions = versions.filter(({ versionId }) => !ids.has(versionId));
      return [];
    },
  };
  return {
    ...verbs,
    /** Adds a newer version of a key, or a delete marker. */
    put(key: string, lastModified: Date, isMarker = false) {
      versions = versions.map((version) => (version.key === key ? { ...version, isLatest: false } : version));
      versions.push({ key, versionId: `v${versions.length}-${key}`, isLatest: true, isMarker, lastModified });
    },
    keys: () => versions.map(({ key }) => key).sort(),
    deleteRequests,
  };
}

/** Where the next clean-up goes on, in memory. */
export function memoryCheckpoints(): CleanUpCheckpoints {
  const checkpoints = new Map<string, CleanUpCheckpoint | undefined>();
  return {
    readCheckpoint: async (bucket) => checkpoints.get(bucket),
    writeCheckpoint: async (bucket, checkpoint) => void checkpoints.set(bucket, checkpoint),
  };
}
