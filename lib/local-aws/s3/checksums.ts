import { createHash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { z } from 'zod';
import { refuse } from './errors.ts';

type Headers = Readonly<Record<string, string | undefined>>;
const algorithmSchema = z.enum(['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256']);

/** A checksum that S3 can keep with an object. */
export type Algorithm = z.infer<typeof algorithmSchema>;
export type HashName = Algorithm | 'md5';

/** A checksum as S3 keeps it: of the whole object, or of the checksums of its parts. */
export interface Checksum {
  algorithm: Algorithm;
  value: string;
  type: 'FULL_OBJECT' | 'COMPOSITE';
}

interface RunningHash {
  update(chunk: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

export function startHash(name: HashName): RunningHash {
  if (name === 'crc32') return new Crc32();
  if (name === 'crc32c') return new Crc32c();
  return name === 'crc64nvme' ? new Crc64Nvme() : createHash(name);
}

/** The algorithm that a request names, in a checksum header or trailer or alone. @throws InvalidRequest */
export function algorithmOf(headers: Headers): Algorithm | undefined {
  const names = [...Object.keys(headers), ...(headers['x-amz-trailer'] ?? '').toLowerCase().split(/\s*,\s*/)];
  const sent = names.flatMap((name) => /^x-amz-checksum-(?!algorithm|mode|type)(.*)/.exec(name)?.[1] ?? []);
  const name = sent.join(' and ') || headers['x-amz-checksum-algorithm'] || headers['x-amz-sdk-checksum-algorithm'];
  if (name === undefined) return undefined;
  const { data } = algorithmSchema.safeParse(name.toLowerCase());
  return (
    data ?? refuse('InvalidRequest', `The checksum algorithm is ${name}, expected one of ${algorithmSchema.options}.`)
  );
}

/** The digest of the digests of an upload's parts. */
export async function compositeOf(name: HashName, digests: Buffer[], encoding: 'hex' | 'base64'): Promise<string> {
  const hash = startHash(name);
  hash.update(Buffer.concat(digests));
  return `${Buffer.from(await hash.digest()).toString(encoding)}-${digests.length}`;
}

/** A checksum as response headers. */
export const checksumHeaders = (checksum: Checksum | undefined): Record<string, string> =>
  checksum ? { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksum.type } : {};

/** A checksum as elements of a response. */
export const checksumElements = (checksum: Checksum | undefined): Record<string, string> =>
  checksum ? { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type } : {};
