import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Store } from './object-store.ts';
import type { XmlContent } from './xml.ts';

/** A bucket, an object in it, or one version of that. */
export type Target = { bucket: string; key?: string; versionId?: string };

/** One S3 request with its path and headers parsed; a bucket operation has an empty key. */
export interface Call extends Target {
  key: string;
  store: Store;
  query: URLSearchParams;
  /** By lower-case name; a presigned URL carries some of them in its query. */
  headers: Record<string, string | undefined>;
  http: IncomingMessage;
  region: string;
  /** Checks a permission: `GetObject`, or `GetObjectVersion` where the target is a version. @throws AccessDenied */
  authorize(action: string, target: Target): void;
}

/** An answer of S3: headers, of which empty ones are skipped, and a document or a stream of bytes. */
export interface Reply {
  status?: number;
  headers?: Record<string, string | number | undefined>;
  xml?: [root: string, content: Record<string, XmlContent>];
  body?: Readable;
}

/** One operation of S3's API, named as the API names it. The bucket exists, except for CreateBucket. */
export type Operation = (call: Call) => Reply | Promise<Reply>;
