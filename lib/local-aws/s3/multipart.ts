import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Body } from './body-files.ts';
import { algorithmOf, type Checksum, checksumElements, checksumHeaders, startHash } from './checksums.ts';
import { page, uploadsOf } from './listing.ts';
import { type Store, type StoredObject, versionIdOf } from './object-store.ts';
import { commit, copyResult, copySource, describedBy, inOnePiece, openObject } from './objects.ts';
import { type Call, type Operation, refuse } from './operation.ts';
import { rangeOf } from './reads.ts';
import { receiveBody, receiveXml } from './request-body.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minPartBytes = 5 * 1024 ** 2;
const maxParts = 10_000;

const partsOf = (bucket: string, upload: StoredObject) => `${uploadsOf(bucket)}/${versionIdOf(upload)}`;
const partKey = (number: number) => String(number).padStart(5, '0');

function requireUpload(store: Store, { bucket, key, query }: Call) {
  const uploadId = query.get('uploadId') ?? '';
  const upload = store.find(uploadsOf(bucket), key, uploadId);
  if (!upload?.checksum) return refuse('NoSuchUpload', 404, `No upload "${uploadId}" of "${key}" is going on.`);
  return { upload, space: partsOf(bucket, upload), checksum: upload.checksum };
}

function discard(store: Store, bucket: string, upload: StoredObject) {
  for (const part of [...store.all(partsOf(bucket, upload))]) store.remove(partsOf(bucket, upload), part);
  store.remove(uploadsOf(bucket), upload);
}

/** Ends all the uploads to a bucket. */
export function discardUploads(store: Store, bucket: string) {
  for (const upload of [...store.all(uploadsOf(bucket))]) discard(store, bucket, upload);
}

export const createMultipartUpload: Operation = (store, call) => {
  const { bucket, key, headers } = call;
  const algorithm = algorithmOf(headers);
  const type = headers['x-amz-checksum-type'] ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  const fits = type === 'FULL_OBJECT' ? algorithm.startsWith('crc') : algorithm !== 'crc64nvme';
  if ((type !== 'FULL_OBJECT' && type !== 'COMPOSITE') || !fits)
    return refuse('InvalidRequest', 400, `The checksum type ${type} does not go with ${algorithm}.`);
  const checksum: Checksum = { algorithm, value: '', type };
  const upload = store.put(uploadsOf(bucket), key, { ...describedBy(call), versioned: true, checksum });
  return { xml: ['InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: versionIdOf(upload) }] };
};

/** Adds a part to its upload, if that still goes on when the part is complete. */
function putPart(store: Store, call: Call, body: Body): StoredObject {
  const { space, checksum } = requireUpload(store, call);
  const number = Number(call.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > maxParts)
    refuse('InvalidArgument', 400, `The part number is ${number}, expected 1 to ${maxParts}.`);
  return store.put(space, partKey(number), inOnePiece(body, checksum.algorithm));
}

export const uploadPart: Operation = (store, call) =>
  receiveBody(store, call, requireUpload(store, call).checksum.algorithm, (body) => {
    const part = putPart(store, call, body);
    return { headers: { etag: `"${part.etag}"`, ...checksumHeaders(part.checksum) } };
  });

export const uploadPartCopy: Operation = (store, call) => {
  const { algorithm } = requireUpload(store, call).checksum;
  const source = copySource(store, call);
  const header = call.headers['x-amz-copy-source-range'];
  const [start, end] = rangeOf(header, source) ?? [0, source.size - 1];
  if (header !== undefined && header !== `bytes=${start}-${end}`)
    refuse('InvalidArgument', 400, `The range ${header} does not lie within the ${source.size} bytes of the source.`);
  return store.receive(openObject(store, source, start, end), ['md5', algorithm], (body) => ({
    xml: ['CopyPartResult', copyResult(putPart(store, call, body))],
  }));
};

const partSchema = z.object({ PartNumber: z.coerce.number(), ETag: z.string() });
const completeSchema = z.object({ CompleteMultipartUpload: z.object({ Part: z.array(partSchema).min(1) }) });

/** The parts that a client lists, in their order. @throws InvalidPartOrder, InvalidPart, EntityTooSmall */
function listedParts(store: Store, space: string, listed: z.infer<typeof partSchema>[]): StoredObject[] {
  const late = listed.find(({ PartNumber }, index) => PartNumber <= (listed[index - 1]?.PartNumber ?? 0));
  if (late) refuse('InvalidPartOrder', 400, `Part ${late.PartNumber} comes too late: list parts in ascending order.`);
  return listed.map(({ PartNumber, ETag }, index) => {
    const part = store.find(space, partKey(PartNumber));
    if (part?.etag !== ETag.replaceAll('"', ''))
      return refuse('InvalidPart', 400, `There is no part ${PartNumber} with the ETag ${ETag}.`);
    if (part.size < minPartBytes && index < listed.length - 1)
      refuse('EntityTooSmall', 400, `Part ${PartNumber} has ${part.size} bytes, only the last may be under 5 MiB.`);
    return part;
  });
}

async function* bytesOf(store: Store, parts: StoredObject[]) {
  for (const part of parts) yield* store.read(part);
}

export const completeMultipartUpload: Operation = async (store, call) => {
  const { upload, space, checksum } = requireUpload(store, call);
  const { algorithm, type } = checksum;
  // A checksum in the headers is that of the object, not of this list of parts.
  const { [`x-amz-checksum-${algorithm}`]: expected, ...headers } = call.headers;
  const document = await receiveXml(store, { ...call, headers }, completeSchema);
  const parts = listedParts(store, space, document.CompleteMultipartUpload.Part);
  const [md5, composite] = [createHash('md5'), startHash(algorithm)];
  for (const part of parts) {
    md5.update(part.etag, 'hex');
    composite.update(Buffer.from(part.checksum?.value ?? '', 'base64'));
  }
  const ofParts = `${Buffer.from(await composite.digest()).toString('base64')}-${parts.length}`;
  return store.receive(bytesOf(store, parts), [algorithm], (body) => {
    const { properties, tags } = requireUpload(store, call).upload;
    const value = type === 'COMPOSITE' ? ofParts : body.digest(algorithm, 'base64');
    if (value !== (expected ?? value))
      refuse('BadDigest', 400, `The parts give ${algorithm} ${value}, not ${expected}.`);
    const etag = `${md5.digest('hex')}-${parts.length}`;
    const sizes = parts.map(({ size }) => size);
    const made = { properties, tags, etag, checksum: { algorithm, value, type }, parts: sizes, body };
    const { versionHeaders } = commit(store, call, 'CompleteMultipartUpload', made);
    discard(store, call.bucket, upload);
    const result = { Bucket: call.bucket, Key: call.key, ETag: `"${etag}"`, ...checksumElements(made.checksum) };
    return { xml: ['CompleteMultipartUploadResult', result], headers: versionHeaders };
  });
};

export const abortMultipartUpload: Operation = (store, call) => {
  discard(store, call.bucket, requireUpload(store, call).upload);
  return { status: 204 };
};

export const listParts: Operation = (store, call) => {
  const { space, upload } = requireUpload(store, call);
  const marker = Number(call.query.get('part-number-marker') ?? 0);
  const listing = { space, after: partKey(marker), limit: 'max-parts' as const, versions: false };
  const { objects, next, shared } = page(store, call, listing);
  const Part = objects.map((part) => ({ PartNumber: Number(part.key), Size: part.size, ...copyResult(part) }));
  const position = { PartNumberMarker: marker, NextPartNumberMarker: next && Number(next.name) };
  const { bucket: Bucket, key: Key } = call;
  return { xml: ['ListPartsResult', { Bucket, Key, UploadId: versionIdOf(upload), ...position, ...shared, Part }] };
};
