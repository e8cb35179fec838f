import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { realClock } from '../../lib/local-aws/clock.ts';
import { s3Service } from '../../lib/local-aws/s3/service.ts';

/** An object to be there; one without a body is only listed. */
export interface SeededObject {
  key: string;
  bytes?: number;
  body?: string;
  etag?: string;
  /** Milliseconds since 1970. Default: now. */
  modified?: number;
}

/**
 * Fills buckets of a local S3 that is not running, past its HTTP: a million objects in seconds, where as many PUTs
 * would take a quarter of an hour.
 */
export function seedBuckets(dataFolder: string, buckets: Iterable<readonly [string, Iterable<SeededObject>]>): void {
  const s3 = s3Service({ dataFolder, clock: realClock() });
  const all = [...buckets];
  for (const [bucket] of all) s3.createBucket(bucket);
  s3.close();
  const db = new DatabaseSync(join(dataFolder, 's3', 'index.sqlite'));
  db.exec('PRAGMA synchronous = OFF; BEGIN');
  const insert = db.prepare('INSERT INTO objects (space, key, versioned, content) VALUES (?, ?, 0, ?)');
  for (const [bucket, objects] of all) {
    for (const { key, body, bytes = 0, etag, modified = Date.now() } of objects) {
      const content = {
        ...{ versioned: false, isMarker: false, properties: {}, tags: {}, key },
        size: body === undefined ? bytes : Buffer.byteLength(body),
        etag:
          etag ??
          createHash('md5')
            .update(body ?? key)
            .digest('hex'),
        modified: Math.floor(modified / 1000) * 1000,
      };
      const { lastInsertRowid } = insert.run(bucket, Buffer.from(key), JSON.stringify(content));
      if (body !== undefined) writeFileSync(join(dataFolder, 's3', 'bodies', String(lastInsertRowid)), body);
    }
  }
  db.exec('COMMIT');
  db.close();
}
