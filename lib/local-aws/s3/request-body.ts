import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { decodeChunks } from './aws-chunked.ts';
import type { Body } from './body-files.ts';
import { type Algorithm, algorithmOf } from './checksums.ts';
import { refuse } from './errors.ts';
import type { Call } from './operation.ts';
import { fromXml } from './xml.ts';

/** The maximum of one PUT or copy: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
export const maxPutBytes = 5 * 1024 ** 3;

/**
 * Receives a request's body, and passes it to `commit` once its length and every checksum that was sent are right.
 * `commit` may ask for the digests `md5` and `kept`.
 *
 * @throws EntityTooLarge, MissingContentLength, IncompleteBody, BadDigest, XAmzContentSHA256Mismatch
 */
export function receiveBody<T>(call: Call, kept: Algorithm, commit: (body: Body) => T): Promise<T> {
  const { http, headers } = call;
  const payload = headers['x-amz-content-sha256'] ?? '';
  const isChunked = payload.startsWith('STREAMING-');
  const bytes = Number(headers[isChunked ? 'x-amz-decoded-content-length' : 'content-length']);
  if (!Number.isInteger(bytes) || bytes < 0) refuse('MissingContentLength', 'The body has no Content-Length.', 411);
  if (bytes > maxPutBytes) refuse('EntityTooLarge', `The body has ${bytes} bytes, over 5 GiB: put it in parts.`);
  // Leaving a body half-read must not destroy the connection, which still has to carry the error.
  const raw: AsyncIterable<Buffer> = http.iterator({ destroyOnReturn: false });
  const trailers: Record<string, string> = {};
  const declared = algorithmOf(headers) ?? kept;
  const signed = /^[0-9a-f]{64}$/.test(payload) ? payload : undefined;
  const source = isChunked ? decodeChunks(raw, bytes, trailers) : raw;
  return call.store.receive(source, ['md5', kept, declared, ...(signed ? ['sha256' as const] : [])], (body) => {
    const sent = { ...headers, ...trailers };
    const check = (code: string, found: string | number, expected: string | number | undefined) =>
      expected === undefined || found === expected || refuse(code, `The body gives ${found}, not ${expected}.`);
    check('IncompleteBody', body.size, bytes);
    check('BadDigest', body.digest('md5', 'base64'), sent['content-md5']);
    check('BadDigest', body.digest(declared, 'base64'), sent[`x-amz-checksum-${declared}`]);
    check('XAmzContentSHA256Mismatch', body.digest('sha256', 'hex'), signed);
    return commit(body);
  });
}

/** Receives an XML document and reads what its root holds. @throws MalformedXML, and what `receiveBody` throws */
export const receiveXml = <T>(call: Call, root: string, schema: z.ZodType<T>): Promise<T> =>
  receiveBody(call, 'crc32', ({ path, size }) => {
    if (size > 2 * 1024 ** 2) refuse('MaxMessageLengthExceeded', `The XML has ${size} bytes, expected at most 2 MiB.`);
    return fromXml(readFileSync(path, 'utf8'), root, schema);
  });
