import type { RemovalKind } from '../shared/domain/clean-up.ts';
import { maxKeysPerDelete } from '../shared/domain/limits.ts';
import type { StoredObject } from '../shared/domain/ports/media-store.ts';
import { dayMs } from './ages.ts';
import type { Cleaning, Stage } from './cleaning.ts';

/** Files below a prefix that are removed by age alone, unless they are live. */
export interface AgeRule {
  kind: RemovalKind;
  prefixOf(cleaning: Cleaning): string;
  isLive(key: string, cleaning: Cleaning): boolean | Promise<boolean>;
}

/** Removes files older than the retention, except those of live runs. */
export function removeOld({ kind, prefixOf, isLive }: AgeRule): Stage {
  return async (after, cleaning) => {
    const { store, now, retentionDays, isTimeUp, remove } = cleaning;
    const oldestMs = now() - retentionDays * dayMs;
    const isOld = async ({ key, lastModified }: StoredObject) =>
      lastModified.getTime() < oldestMs && !(await isLive(key, cleaning));
    let last = after;
    let batch: string[] = [];
    for await (const object of store.listObjects(prefixOf(cleaning), after || undefined)) {
      if (isTimeUp()) {
        await remove(kind, batch);
        return last;
      }
      last = object.key;
      if (await isOld(object)) batch.push(object.key);
      if (batch.length === maxKeysPerDelete) {
        await remove(kind, batch);
        batch = [];
      }
    }
    await remove(kind, batch);
    return undefined;
  };
}
