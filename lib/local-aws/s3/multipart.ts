import { z } from 'zod';
import type { Body } from './body-files.ts';
import { algorithmOf, type Checksum, checksumElements, checksumHeaders, compositeOf } from './checksums.ts';
import { refuse } from './errors.ts';
import { page, uploadsOf } from './listing.ts';
import { type Store, type StoredObject, versionHeader, versionIdOf } from './object-store.ts';
import { commit, copyResult, copySource, describedBy, inOnePiece, openObject } from './objects.ts';
import type { Call, Operation } from './operation.ts';
import { rangeOf } from './reads.ts';
import { receiveBody, receiveXml } from './request-body.ts';

const partsOf = (bucket: string, upload: StoredObject) => `${uploadsOf(bucket)}/${versionIdOf(upload)}`;
const partKey = (number: number) => String(number).padStart(5, '0');

function requireUpload({ store, bucket, key, query }: Call) {
  const uploadId = query.get('uploadId') ?? '';
  const upload = store.find(uploadsOf(bucket), key, uploadId);
  if (!upload?.checksum) return refuse('NoSuchUpload', `There is no open upload "${uploadId}" of "${key}".`, 404);
  return { upload, space: partsOf(bucket, upload), checksum: upload.checksum };
}

/** Ends an upload without an object. */
export function discard(store: Store, bucket: string, upload: StoredObject) {
  for (const part of [...store.all(partsOf(bucket, upload))]) store.remove(part);
  store.remove(upload);
}

export const createMultipartUpload: Operation = (call) => {
  const { store, bucket, key, headers } = call;
  const algorithm = algorithmOf(headers) ?? 'crc64nvme';
  const type = headers['x-amz-checksum-type'] ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  const fits = type === 'FULL_OBJECT' ? algorithm.startsWith('crc') : algorithm !== 'crc64nvme';
  if ((type !== 'FULL_OBJECT' && type !== 'COMPOSITE') || !fits)
    return refuse('InvalidRequest', `The checksum type ${type} does not go with ${algorithm}.`);
  const checksum: Checksum = { algorithm, value: '', type };
  const upload = store.put(uploadsOf(bucket), key, { ...describedBy(call), versioned: true, checksum });
  return { xml: ['InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: versionIdOf(upload) }] };
};

/** Adds a part to its upload, if the upload is still open once the part is complete. */
function putPart(call: Call, body: Body): StoredObject {
  const { space, checksum } = requireUpload(call);
  const number = call.query.get('partNumber') ?? '';
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html, as is the size of a part
  if (!/^([1-9]\d{0,3}|10000)$/.test(number))
    refuse('InvalidArgument', `The part number is ${number}, not 1 to 10,000.`);
  return call.store.put(space, partKey(Number(number)), inOnePiece(body, checksum.algorithm));
}

export const uploadPart: Operation = (call) => {
  const { algorithm, type } = requireUpload(call).checksum;
  const sent = algorithmOf(call.headers);
  // Seen on S3: https://github.com/boto/botocore/issues/3216, and that parts need none if the upload's checksum is of
  // the whole object: https://github.com/versity/versitygw/issues/1342. Whether an upload that named no algorithm, and
  // so has S3's own, takes parts with another one is UNVERIFIED: ours always name one.
  const isOther = sent === undefined ? type === 'COMPOSITE' : sent !== algorithm && algorithm !== 'crc64nvme';
  if (isOther) {
    refuse(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: ${sent ?? 'null'}`,
    );
  }
  return receiveBody(call, algorithm, (body) => {
    const part = putPart(call, body);
    return { headers: { etag: `"${part.etag}"`, ...checksumHeaders(part.checksum) } };
  });
};

export const uploadPartCopy: Operation = (call) => {
  const { algorithm } = requireUpload(call).checksum;
  const [source] = copySource(call);
  const header = call.headers['x-amz-copy-source-range'];
  const [start, end] = rangeOf(header, source) ?? [0, source.size - 1];
  if (header !== undefined && header !== `bytes=${start}-${end}`)
    refuse('InvalidArgument', `The range ${header} is not within the ${source.size} bytes of the source.`);
  return call.store.receive(openObject(call, source, start, end), ['md5', algorithm], (body) => ({
    xml: ['CopyPartResult', copyResult(putPart(call, body))],
  }));
};

const partSchema = z.looseObject({ PartNumber: z.coerce.number(), ETag: z.string() });
const completeSchema = z.object({ Part: z.array(partSchema).min(1) });

/**
 * The listed parts in their order. An upload whose checksum is of the parts' needs each of theirs:
 * https://github.com/apache/opendal/pull/4580.
 *
 * @throws InvalidPartOrder, InvalidPart, InvalidRequest, EntityTooSmall
 */
function listedParts(
  store: Store,
  space: string,
  { algorithm, type }: Checksum,
  listed: z.infer<typeof partSchema>[],
): StoredObject[] {
  const late = listed.find(({ PartNumber }, index) => PartNumber <= (listed[index - 1]?.PartNumber ?? 0));
  if (late) refuse('InvalidPartOrder', `Part ${late.PartNumber} comes too late: list parts in ascending order.`);
  return listed.map(({ PartNumber, ETag, [`Checksum${algorithm.toUpperCase()}`]: checksum }, index) => {
    const part = store.find(space, partKey(PartNumber));
    if (checksum === undefined && type === 'COMPOSITE') {
      refuse(
        'InvalidRequest',
        `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for ` +
          `each part. It was missing for part ${PartNumber} in the request.`,
      );
    }
    if (checksum !== undefined && checksum !== part?.checksum?.value)
      return refuse('InvalidPart', `There is no part ${PartNumber} with the checksum ${checksum}.`);
    if (part?.etag !== ETag.replaceAll('"', ''))
      return refuse('InvalidPart', `There is no part ${PartNumber} with the ETag ${ETag}.`);
    if (part.size < 5 * 1024 ** 2 && index < listed.length - 1)
      refuse('EntityTooSmall', `Part ${PartNumber} has ${part.size} bytes, only the last may be under 5 MiB.`);
    return part;
  });
}

async function* bytesOf(store: Store, parts: StoredObject[]) {
  for (const part of parts) yield* store.read(part);
}

export const completeMultipartUpload: Operation = async (call) => {
  const { store, bucket: Bucket, key: Key } = call;
  const { upload, space, checksum } = requireUpload(call);
  const { algorithm, type } = checksum;
  // A checksum in the headers is that of the object, not of this list of parts.
  const { [`x-amz-checksum-${algorithm}`]: expected, ...headers } = call.headers;
  const { Part } = await receiveXml({ ...call, headers }, 'CompleteMultipartUpload', completeSchema);
  const parts = listedParts(store, space, checksum, Part);
  const md5s = parts.map((part) => Buffer.from(part.etag, 'hex'));
  const checksums = parts.map((part) => Buffer.from(part.checksum?.value ?? '', 'base64'));
  const [etag, ofParts] = [await compositeOf('md5', md5s, 'hex'), await compositeOf(algorithm, checksums, 'base64')];
  return store.receive(bytesOf(store, parts), [algorithm], (body) => {
    const { properties, tags } = requireUpload(call).upload;
    const value = type === 'COMPOSITE' ? ofParts : body.digest(algorithm, 'base64');
    if (value !== (expected ?? value)) refuse('BadDigest', `The parts give ${value}, not ${expected}.`);
    const sizes = parts.map(({ size }) => size);
    const made = { properties, tags, etag, checksum: { ...checksum, value }, parts: sizes, body };
    const object = commit(call, 'CompleteMultipartUpload', made);
    discard(store, Bucket, upload);
    const result = { Bucket, Key, ETag: `"${etag}"`, ...checksumElements(object.checksum) };
    return { xml: ['CompleteMultipartUploadResult', result], headers: versionHeader(object) };
  });
};

export const abortMultipartUpload: Operation = (call) => {
  discard(call.store, call.bucket, requireUpload(call).upload);
  return { status: 204 };
};

export const listParts: Operation = (call) => {
  const { space, upload } = requireUpload(call);
  const PartNumberMarker = Number(call.query.get('part-number-marker') ?? 0);
  const { objects, last, shared } = page(call, space, 'Parts', { after: partKey(PartNumberMarker) });
  const Part = objects.map((part) => ({ PartNumber: Number(part.key), Size: part.size, ...copyResult(part) }));
  const position = { PartNumberMarker, NextPartNumberMarker: last && Number(last.name) };
  const { bucket: Bucket, key: Key } = call;
  return { xml: ['ListPartsResult', { Bucket, Key, UploadId: versionIdOf(upload), ...position, ...shared, Part }] };
};
