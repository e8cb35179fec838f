import {
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** A version of an object, or a delete marker. */
export interface ObjectVersion {
  key: string;
  versionId: string;
  isLatest: boolean;
  isMarker: boolean;
  lastModified: Date;
}

/** Lists and deletes the versions in one bucket. */
export type ObjectVersions = ReturnType<typeof objectVersions>;

/** The versions of the objects in one bucket, through an S3 client. */
export function objectVersions(s3: S3Client, bucket: string) {
  return {
    /** Returns whether the bucket keeps versions, or has kept some. */
    async isVersioned(): Promise<boolean> {
      return (await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status !== undefined;
    },

    /** Yields the versions of each key under a prefix, newest first, in S3's order, after `startAfter`. */
    async *listVersions(prefix: string, startAfter?: string): AsyncGenerator<ObjectVersion[]> {
      let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = { KeyMarker: startAfter };
      let unfinished: ObjectVersion[] = [];
      while (marker !== undefined) {
        const page: ListObjectVersionsCommandOutput = await s3.send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...marker }),
        );
        const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
        marker = page.IsTruncated ? { KeyMarker, VersionIdMarker } : undefined;
        // S3 returns versions and markers as two lists, each by key and from new to old.
        const byKey = Map.groupBy([...unfinished, ...versionsIn(page)], ({ key }) => key);
        unfinished = (marker && byKey.get(KeyMarker ?? '')) ?? [];
        if (marker) byKey.delete(KeyMarker ?? '');
        const keys = [...byKey.keys()].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
        for (const key of keys) yield (byKey.get(key) ?? []).sort(newestFirst);
      }
    },

    /** Deletes at most `maxKeysPerDelete` versions; returns those that could not be deleted, each with the reason. */
    async deleteVersions(
      versions: readonly Pick<ObjectVersion, 'key' | 'versionId'>[],
    ): Promise<{ key: string; reason: string }[]> {
      const Objects = versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
      const { Errors = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      return Errors.map(({ Key = '', Message, Code = 'unknown' }) => ({ key: Key, reason: Message ?? Code }));
    },
  };
}

function versionsIn({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): ObjectVersion[] {
  const read = (isMarker: boolean) => (version: (typeof DeleteMarkers)[number]) => {
    const { Key, VersionId, IsLatest = true, LastModified } = version;
    if (Key === undefined || VersionId === undefined || LastModified === undefined) return [];
    return { key: Key, versionId: VersionId, isLatest: IsLatest, isMarker, lastModified: LastModified };
  };
  return [...Versions.flatMap(read(false)), ...DeleteMarkers.flatMap(read(true))];
}

function newestFirst(one: ObjectVersion, other: ObjectVersion): number {
  return Number(other.isLatest) - Number(one.isLatest) || other.lastModified.getTime() - one.lastModified.getTime();
}
