import { inputKeyPattern, oldInputPrefix } from '../shared/domain/keys.ts';
import type { Cleaning } from './cleaning.ts';
import { folderBelow } from './run-protection.ts';

/** Keys that only this project writes, and which of them belong to what is live. */
export interface OwnPlace {
  prefix: string;
  isOurs(key: string): boolean;
  isLive(key: string): boolean | Promise<boolean>;
}

/** All places of ours in the media bucket, without results. */
export function ownPlaces({ prefixes, protection }: Pick<Cleaning, 'prefixes' | 'protection'>): OwnPlace[] {
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

/** The places that are not behind already, in S3's order, so that one key says how far a walk through all of them came. */
export function placesBehind(after: string, places: readonly OwnPlace[]): { place: OwnPlace; after: string }[] {
  const inOrder = [...places].sort((one, other) => compareAsS3(one.prefix, other.prefix));
  return inOrder.flatMap((place) => {
    if (after.startsWith(place.prefix)) return { place, after };
    return compareAsS3(place.prefix, after) > 0 ? { place, after: '' } : [];
  });
}

/** In the order of UTF-8, where JavaScript compares UTF-16. */
function compareAsS3(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
