import type { z } from 'zod';
import { decodeChunks } from './aws-chunked.ts';
import type { Body } from './body-files.ts';
import { type Algorithm, algorithmOf } from './checksums.ts';
import type { Store } from './object-store.ts';
import { type Call, refuse } from './operation.ts';
import { fromXml } from './xml.ts';

/** What one PUT or copy takes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
export const maxPutBytes = 5 * 1024 ** 3;

/**
 * Receives a request's body, and hands it to `commit` once its length and every checksum that came with it are right.
 *
 * @param kept the algorithm whose digest `commit` asks for, beside `md5`
 * @throws EntityTooLarge, MissingContentLength, IncompleteBody, BadDigest, XAmzContentSHA256Mismatch
 */
export function receiveBody<T>(store: Store, call: Call, kept: Algorithm, commit: (body: Body) => T): Promise<T> {
  const { http, headers } = call;
  const payload = headers['x-amz-content-sha256'] ?? '';
  const isChunked = payload.startsWith('STREAMING-');
  const bytes = Number(headers[isChunked ? 'x-amz-decoded-content-length' : 'content-length']);
  if (!Number.isInteger(bytes)) refuse('MissingContentLength', 411, 'The body has no Content-Length.');
  if (bytes > maxPutBytes)
    refuse('EntityTooLarge', 400, `The body has ${bytes} bytes, one PUT takes 5 GiB: use parts.`);
  // Leaving a body half-way may not destroy the connection: the error still has to be answered on it.
  const raw: AsyncIterable<Buffer> = http.iterator({ destroyOnReturn: false });
  const trailers: Record<string, string> = {};
  const declared = algorithmOf(headers, kept);
  const signed = /^[0-9a-f]{64}$/.test(payload) ? (['sha256'] as const) : [];
  return store.receive(isChunked ? decodeChunks(raw, trailers) : raw, ['md5', kept, declared, ...signed], (body) => {
    const sent = { ...headers, ...trailers };
    const check = (code: string, found: string | number, expected: string | number | undefined) =>
      expected === undefined || found === expected || refuse(code, 400, `The body gives ${found}, not ${expected}.`);
    check('IncompleteBody', body.size, bytes);
    check('BadDigest', body.digest('md5', 'base64'), sent['content-md5']);
    check('BadDigest', body.digest(declared, 'base64'), sent[`x-amz-checksum-${declared}`]);
    for (const name of signed) check('XAmzContentSHA256Mismatch', body.digest(name, 'hex'), payload);
    return commit(body);
  });
}

/** Receives a request's XML document. @throws MalformedXML, MaxMessageLengthExceeded, and what `receiveBody` throws */
export const receiveXml = <T>(store: Store, call: Call, schema: z.ZodType<T>): Promise<T> =>
  receiveBody(store, call, 'crc32', (body) => {
    const text = body.text() ?? refuse('MaxMessageLengthExceeded', 400, 'The XML of the request is over 2 MiB.');
    return fromXml(text, schema);
  });
