import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ServiceError } from '../endpoint.ts';
import type { Store } from './object-store.ts';
import type { XmlContent } from './xml.ts';

/** One S3 request, with its path and headers read; what it is not about is empty. */
export interface Call {
  bucket: string;
  key: string;
  versionId?: string;
  query: URLSearchParams;
  /** By lower-case name; a presigned URL carries some of them in its query. */
  headers: Record<string, string | undefined>;
  http: IncomingMessage;
  region: string;
}

/** What S3 answers: headers, of which empty ones are left out, and a document or a stream of bytes. */
export interface Reply {
  status?: number;
  headers?: Record<string, string | number | undefined>;
  xml?: [root: string, content: XmlContent];
  body?: Readable;
}

/** One operation of S3's API, named as the API names it. The bucket exists, except for CreateBucket. */
export type Operation = (store: Store, call: Call) => Reply | Promise<Reply>;

/** Ends an operation with one of S3's errors. */
export function refuse(code: string, status: number, message: string): never {
  throw new ServiceError(code, status, message);
}

/** Decodes a part of a URL. @throws InvalidURI */
export function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('InvalidURI', 400, `"${text}" is not URL-encoded UTF-8.`);
  }
}
