import { hash as hashOf } from 'node:crypto';
import type { InspectedMedia } from '../inspect/inspect-media.ts';

/** Media of the sample, with how many records of each stratum ask about them. */
export interface SampledMedia extends InspectedMedia {
  asked: Map<string, number>;
}

/** Media that stand for all of an attempt, in little memory. */
export type MediaSample = ReturnType<typeof mediaSample>;

/**
 * All media of an attempt, or of many those whose hashes are the smallest, so that the same media give the same sample, in whatever
 * order they come. Whoever is in it at the end has been in it since it first came, with all that is asked of it.
 */
export function mediaSample(limit: number) {
  const held = new Map<string, SampledMedia>();
  let previous = { key: '', etag: '', hash: '' };
  let total = 0;

  return {
    /** One record that asks about media. Those of the same media come one after the other, or few. */
    ask({ key, etag, bytes }: InspectedMedia, stratum: string): void {
      if (previous.key !== key || previous.etag !== etag) {
        previous = { key, etag, hash: hashOf('sha256', `${key}\n${etag}`) };
        if (!held.has(previous.hash)) total += 1;
      }
      const { hash } = previous;
      const media = held.get(hash) ?? { key, etag, bytes, asked: new Map() };
      media.asked.set(stratum, (media.asked.get(stratum) ?? 0) + 1);
      held.set(hash, media);
      // Seldom, so that sorting costs little.
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
