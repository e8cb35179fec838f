import type { Lines } from '../../text/upload-parts.ts';

/** An object of the bucket, as a listing shows it. */
export interface StoredObject {
  key: string;
  bytes: number;
  etag: string;
  lastModified: Date;
  /** Absent for STANDARD. */
  storageClass?: string;
}

/** An object as HeadObject shows it. */
export interface ObjectHead {
  bytes: number;
  etag: string;
  storageClass?: string;
  metadata: Readonly<Record<string, string>>;
}

/** The source of a copy, as the plan saw it. */
export interface CopySource {
  bucket: string;
  key: string;
  etag: string;
}

/** A piece of an object, in bytes. */
export interface ByteRange {
  offset: number;
  bytes: number;
}

/** A piece of a new object: text, lines, or an object of the same bucket with its listed size. */
export type Piece = { text: string } | { lines: AsyncIterable<string> } | { key: string; bytes: number };

/** One bucket, as the steps use it. */
export interface MediaStore {
  bucket: string;

  /** Lists every object under a prefix, in S3's order; `startAfter` resumes after a key. */
  listObjects(prefix: string, startAfter?: string): AsyncGenerator<StoredObject>;

  /** Returns an object's size, ETag and metadata; undefined if it does not exist. */
  headObject(key: string): Promise<ObjectHead | undefined>;

  /** Returns an object's JSON; undefined if it does not exist. */
  readJson(key: string): Promise<unknown>;

  /** Returns the text of an object that still has this ETag; `changed` or `gone` otherwise. */
  readText(key: string, etag: string): Promise<{ text: string } | 'changed' | 'gone'>;

  /** Writes a text file. */
  writeText(key: string, text: string): Promise<void>;

  /** Writes a value as JSON. The same value gives the same bytes, so a repeat changes nothing. */
  writeJson(key: string, value: unknown): Promise<void>;

  /** Writes a value as JSON unless the key exists; false if it does. Of several writers one wins. */
  createJson(key: string, value: unknown): Promise<boolean>;

  /** Reads the lines of an object, or of a range that holds whole lines. No request is open while a line is used. */
  readLines(key: string, range?: ByteRange): AsyncGenerator<string>;

  /** Reads the same lines in batches, which is quicker for 100,000 of them. */
  readLineBatches(key: string, range?: ByteRange): AsyncGenerator<string[]>;

  /** Reads the bytes of an object in pieces. No request is open while a piece is used. */
  readPieces(key: string): AsyncGenerator<Uint8Array>;

  /** Streams lines into an object, which appears after the last line; it does not appear if `lines` throws. */
  writeLines(key: string, lines: Lines): Promise<void>;

  /** Does the same with lines that are already bytes, each with its `\n`, in the parts of the upload. */
  writeParts(key: string, parts: AsyncGenerator<Uint8Array>, metadata?: Record<string, string>): Promise<void>;

  /** Joins objects of this bucket and texts into one object, in their order. */
  concatenate(key: string, pieces: Iterable<Piece> | AsyncIterable<Piece>, contentType: string): Promise<void>;

  /**
   * Copies an object into this bucket on the server, with this type and without tags; `changed` if the source has
   * another ETag, `gone` if it does not exist.
   */
  copyHere(
    source: CopySource,
    key: string,
    contentType: string,
    metadata?: Record<string, string>,
  ): Promise<'copied' | 'changed' | 'gone'>;

  /** Deletes an object. A missing one is no error. */
  deleteObject(key: string): Promise<void>;

  /**
   * Deletes many objects, `maxKeysPerDelete` per request; returns those that could not be deleted, each with the
   * reason.
   */
  deleteObjects(keys: readonly string[]): Promise<{ key: string; reason: string }[]>;
}
