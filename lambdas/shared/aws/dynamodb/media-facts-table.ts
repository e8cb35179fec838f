import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { expiryOf } from '../../domain/expiry.ts';
import type { MediaFacts } from '../../domain/model/tokens.ts';
import { tableItems } from './table-items.ts';

/** Media whatever they are called: what an ETag stands for never changes. */
export interface MediaContent {
  etag: string;
  bytes: number;
}

const itemSchema = z.object({
  pk: z.string(),
  facts: z.object({
    seconds: z.number().min(0).optional(),
    pixels: z.object({ width: z.int().min(0), height: z.int().min(0) }).optional(),
  }),
});

const keyOf = ({ etag, bytes }: MediaContent) => ({
  pk: `MEDIA#${createHash('sha256').update(`${etag}\n${bytes}`).digest('hex').slice(0, 40)}`,
  sk: 'MEDIA',
});

/** The verbs that the steps use on what is known of media. */
export type MediaFactsTable = ReturnType<typeof mediaFactsTable>;

/** What was read in media, in the table, so that nobody has to look again. */
export function mediaFactsTable(client: DynamoDBClient, tableName: string, now: () => number) {
  const { put, readAll } = tableItems(client, tableName);

  return {
    /** What is known of these media, at most 100, in their order; undefined of those that nobody has looked into. */
    async readFacts(media: readonly MediaContent[]): Promise<(MediaFacts | undefined)[]> {
      const items = (await readAll(media.map(keyOf), { ConsistentRead: false })).map((item) => itemSchema.parse(item));
      const found = new Map(items.map(({ pk, facts }) => [pk, facts]));
      return media.map((each) => found.get(keyOf(each).pk));
    },

    /** Remembers what was read in media, for a while. */
    async writeFacts(media: MediaContent, facts: MediaFacts): Promise<void> {
      const expiresAt = expiryOf('media', now());
      await put({ ...keyOf(media), facts, expiresAt }, {});
    },
  };
}
