import { hash as hashOf } from 'node:crypto';
import type { InspectedMedia } from '../inspect/inspect-media.ts';

/** Media of the sample, with the number of records of each stratum that ask about them. */
export interface SampledMedia extends InspectedMedia {
  asked: Map<string, number>;
}

/** A sample of media that stands for all of an attempt. */
export type MediaSample = ReturnType<typeof mediaSample>;

/**
 * Keeps all media of an attempt, or of many those with the smallest hashes, so that the same media give the same
 * sample in any order. Media that are in it at the end were in it from the start, with every record about them.
 */
export function mediaSample(limit: number) {
  const held = new Map<string, SampledMedia>();
  let previous = { key: '', etag: '', hash: '' };
  let total = 0;

  return {
    /** Adds a record. Records of the same media follow each other, or are few. */
    ask({ key, etag, bytes }: InspectedMedia, stratum: string): void {
      if (previous.key !== key || previous.etag !== etag) {
        previous = { key, etag, hash: hashOf('sha256', `${key}\n${etag}`) };
        if (!held.has(previous.hash)) total += 1;
      }
      const { hash } = previous;
      const media = held.get(hash) ?? { key, etag, bytes, asked: new Map() };
      media.asked.set(stratum, (media.asked.get(stratum) ?? 0) + 1);
      held.set(hash, media);
      // Rarely, so that sorting costs little.
      if (held.size > 2 * limit) shorten();
    },
    media(): SampledMedia[] {
      shorten();
      return [...held.values()];
    },
    total: () => total,
  };

  function shorten(): void {
    for (const hash of [...held.keys()].sort().slice(limit)) held.delete(hash);
  }
}
