import { inputKeyPattern, oldInputPrefix } from '../shared/domain/keys.ts';
import type { Cleaning } from './cleaning.ts';
import { folderBelow } from './run-protection.ts';

/** A prefix that only this project writes, and which of its keys belong to live runs. */
export interface OwnPrefix {
  prefix: string;
  isOurs(key: string): boolean;
  isLive(key: string): boolean | Promise<boolean>;
}

/** Returns our own prefixes in the media bucket, except results. */
export function ownPrefixes({ prefixes, protection }: Pick<Cleaning, 'prefixes' | 'protection'>): OwnPrefix[] {
  const { isOpenJob, isLiveOutput, isLiveRun } = protection;
  const { stagingPrefix, outputPrefix, runsPrefix } = prefixes;
  const isOurs = () => true;
  return [
    {
      prefix: 'batch_input_',
      isOurs: (key) => inputKeyPattern.test(key),
      isLive: (key) => isOpenJob(inputKeyPattern.exec(key)?.[1] ?? ''),
    },
    { prefix: stagingPrefix, isOurs, isLive: (key) => isOpenJob(folderBelow(stagingPrefix, key)) },
    { prefix: outputPrefix, isOurs, isLive: isLiveOutput },
    { prefix: runsPrefix, isOurs, isLive: isLiveRun },
    { prefix: oldInputPrefix, isOurs, isLive: () => false },
  ];
}

/** Returns the prefixes that are not done, in S3's order, so that one key marks the position over all of them. */
export function prefixesAfter(after: string, places: readonly OwnPrefix[]): { place: OwnPrefix; after: string }[] {
  const inOrder = [...places].sort((one, other) => compareAsS3(one.prefix, other.prefix));
  return inOrder.flatMap((place) => {
    if (after.startsWith(place.prefix)) return { place, after };
    return compareAsS3(place.prefix, after) > 0 ? { place, after: '' } : [];
  });
}

/** Compares in UTF-8 order; JavaScript compares UTF-16. */
function compareAsS3(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
