import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { expiryOf } from '../../domain/expiry.ts';
import { type MediaHeader, mediaHeaderSchema } from '../../domain/media/media-header.ts';
import { tableItems } from './table-items.ts';

/** The content of a media file under any key; the content of an ETag never changes. */
export interface MediaContent {
  etag: string;
  bytes: number;
}

const itemSchema = z.object({
  pk: z.string(),
  facts: mediaHeaderSchema,
});

const keyOf = ({ etag, bytes }: MediaContent) => ({
  pk: `MEDIA#${createHash('sha256').update(`${etag}\n${bytes}`).digest('hex').slice(0, 40)}`,
  sk: 'MEDIA',
});

/** Remembers the length and size of media. */
export type MediaFactsTable = ReturnType<typeof mediaFactsTable>;

/** What the headers of media say, in the table, so that no file is read twice. */
export function mediaFactsTable(client: DynamoDBClient, tableName: string, now: () => number) {
  const { put, readAll } = tableItems(client, tableName);

  return {
    /** Returns the headers of at most 100 media, in their order; undefined for a file that was never read. */
    async readFacts(media: readonly MediaContent[]): Promise<(MediaHeader | undefined)[]> {
      const items = (await readAll(media.map(keyOf), { ConsistentRead: false })).map((item) => itemSchema.parse(item));
      const found = new Map(items.map(({ pk, facts }) => [pk, facts]));
      return media.map((each) => found.get(keyOf(each).pk));
    },

    /** Remembers the header of a file for a while. */
    async writeFacts(media: MediaContent, facts: MediaHeader): Promise<void> {
      const expiresAt = expiryOf('media', now());
      await put({ ...keyOf(media), facts, expiresAt }, {});
    },
  };
}
