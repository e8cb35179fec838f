import { z } from 'zod';
import { notSimulated, ServiceError } from '../service.ts';
import { errorOf } from './errors.ts';
import { type StoredObject, versionIdOf } from './object-store.ts';
import type { Call, Operation } from './operation.ts';
import { receiveXml } from './request-body.ts';
import type { XmlContent } from './xml.ts';

/**
 * Deletes a version; in a versioned bucket and without a version ID, adds a delete marker instead.
 *
 * @returns the delete marker that was added or deleted, if any
 */
function deleteOne({ store, bucket }: Call, key: string, versionId?: string): StoredObject | undefined {
  const { versioning } = store.bucket(bucket).properties;
  if (versioning && versionId === undefined)
    return store.put(bucket, key, { isMarker: true, versioned: versioning === 'Enabled' });
  const object = store.find(bucket, key, versionId);
  if (object) store.remove(object);
  return object?.isMarker ? object : undefined;
}

export const deleteObject: Operation = (call) => {
  if (call.headers['if-match'] !== undefined) notSimulated('the header if-match of DeleteObject');
  const marker = deleteOne(call, call.key, call.versionId);
  const version = marker ? versionIdOf(marker) : call.versionId;
  return { status: 204, headers: { 'x-amz-delete-marker': marker && 'true', 'x-amz-version-id': version } };
};

const text = z.string().min(1);
const objectSchema = z.strictObject({ Key: text, VersionId: text.optional() });
const deleteSchema = z.object({
  Object: z.array(objectSchema).min(1).max(1000),
  Quiet: z.stringbool().default(false),
});

export const deleteObjects: Operation = async (call) => {
  const { Object: objects, Quiet } = await receiveXml(call, 'Delete', deleteSchema);
  const Deleted: XmlContent[] = [];
  const refused: XmlContent[] = [];
  for (const { Key, VersionId } of objects) {
    try {
      call.authorize('DeleteObject', { bucket: call.bucket, key: Key, versionId: VersionId });
      const marker = deleteOne(call, Key, VersionId);
      const hidden = marker && { DeleteMarker: true, DeleteMarkerVersionId: versionIdOf(marker) };
      if (!Quiet) Deleted.push({ Key, VersionId, ...hidden });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      refused.push({ Key, VersionId, ...errorOf(error) });
    }
  }
  return { xml: ['DeleteResult', { Deleted, Error: refused }] };
};
