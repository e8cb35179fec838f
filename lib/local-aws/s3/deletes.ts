import { z } from 'zod';
import { ServiceError } from '../endpoint.ts';
import { checkWriteConditions } from './conditions.ts';
import { type Store, versionIdOf } from './object-store.ts';
import type { Operation } from './operation.ts';
import { receiveXml } from './request-body.ts';
import type { XmlContent } from './xml.ts';

/** Deletes a version for good or, in a bucket with versions and without a version ID, hides all of them by a marker. */
function deleteOne(store: Store, bucket: string, key: string, versionId?: string, ifMatch?: string) {
  const { versioning } = store.bucket(bucket).properties;
  checkWriteConditions(store, bucket, key, ifMatch);
  if (versioning && versionId === undefined) {
    const marker = store.put(bucket, key, { isMarker: true, versioned: versioning === 'Enabled' });
    return { isMarker: true, markerId: versionIdOf(marker) };
  }
  const object = store.find(bucket, key, versionId);
  if (object) store.remove(bucket, object);
  return object?.isMarker ? { isMarker: true, markerId: versionId } : {};
}

export const deleteObject: Operation = (store, { bucket, key, versionId, headers }) => {
  const { isMarker, markerId = versionId } = deleteOne(store, bucket, key, versionId, headers['if-match']);
  return { status: 204, headers: { 'x-amz-delete-marker': isMarker ? 'true' : '', 'x-amz-version-id': markerId } };
};

const objectSchema = z.object({ Key: z.string(), VersionId: z.string().optional(), ETag: z.string().optional() });
const deleteSchema = z.object({
  Delete: z.object({ Object: z.array(objectSchema).min(1).max(1000), Quiet: z.stringbool().default(false) }),
});

export const deleteObjects: Operation = async (store, call) => {
  const { Object: objects, Quiet } = (await receiveXml(store, call, deleteSchema)).Delete;
  const Deleted: XmlContent[] = [];
  const refused: XmlContent[] = [];
  for (const { Key, VersionId, ETag } of objects) {
    try {
      const { isMarker, markerId } = deleteOne(store, call.bucket, Key, VersionId, ETag);
      if (!Quiet) Deleted.push({ Key, VersionId, DeleteMarker: isMarker, DeleteMarkerVersionId: markerId });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      refused.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return { xml: ['DeleteResult', { Deleted, Error: refused }] };
};
