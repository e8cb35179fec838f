import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import type { CallCounts } from '../support/call-counts.ts';
import type { SeededObject } from '../support/seed-bucket.ts';

/** One piece of work, with a bucket and a run of its own, so that none finds what another one left. */
export interface Lane {
  /** Of records, or of objects. */
  size: number;
  bucket: string;
  runId: string;
}

/** Clients of the local S3 and DynamoDB. */
export interface Clients {
  s3: S3Client;
  dynamodb: DynamoDBClient;
  tableName: string;
}

/** A step that is measured against the least that has to be done. */
export interface MeasuredStep {
  /** The module of its handler, which reads the environment. */
  load(): Promise<{ handler(event: unknown, context: Context): Promise<unknown> }>;
  /** The most that its time may be, as a multiple of the floor's; absent where nobody asks for a limit. */
  limit?: number;
  /** What the floor does, in words. */
  floor: string;
  /** In their order; the largest is the one that counts. */
  sizes: readonly number[];
  /** How often the largest is measured, where one run ends soon enough and may be far off; otherwise once. */
  repetitions?: number;
  /** For a look at whether it works. */
  quickSizes: readonly number[];
  /** What lies in the bucket of a lane before S3 starts. */
  objects(lane: Lane): Iterable<SeededObject>;
  /** Puts into the table what the step finds there. */
  seedTable(lane: Lane, clients: Clients): Promise<void>;
  /** What the function is invoked with. */
  event(lane: Lane): unknown;
  /** Whether the answer of the function says that all is done. */
  isDone(answer: unknown, lane: Lane): boolean;
  /** Makes ready what the floor needs, and gives the work that is measured. */
  prepareFloor(lane: Lane, clients: Clients): Promise<() => Promise<void>>;
  /** Requests that are needed at least. */
  leastCalls(lane: Lane): CallCounts;
}
