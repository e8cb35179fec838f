import { oldInputPrefix } from '../../../lambdas/shared/domain/keys.ts';
import { findModel, type ModelQuotas, quotasOf } from '../../../lambdas/shared/domain/model/models.ts';
import { offeredModelIds, whyNotOffered } from '../../../lambdas/shared/domain/model/offered-models.ts';
import type { ModelPrices } from '../../../lambdas/shared/domain/model/pricing.ts';
import type { SettingName } from './settings-schema.ts';

/** What is wrong between settings that are each right by themselves, as one sentence; undefined where nothing is. */
export type Problem = string | undefined;

/** The first model that a stack in this Region cannot offer. */
export function modelsProblem(ids: readonly string[], region: string): Problem {
  for (const id of ids) {
    const why = whyNotOffered(id, region);
    if (why === undefined) continue;
    const offered = offeredModelIds(region).join(', ');
    return `The setting models names "${id}", ${why}; expected some of ${offered}: correct it or leave it out.`;
  }
  return undefined;
}

/** A key belongs to an existing bucket and is in its Region. */
export function bucketKeyProblem(
  bucketName: string | undefined,
  bucketKeyArn: string | undefined,
  region: string,
): Problem {
  if (bucketKeyArn === undefined) return undefined;
  if (bucketName === undefined) {
    return (
      'The setting bucketKeyArn is given without bucketName; expected both, because S3 encrypts a new bucket itself: ' +
      'name the bucket or leave the key out.'
    );
  }
  return keyRegionProblem('bucketKeyArn', bucketKeyArn, region);
}

/** A key encrypts what is in its own Region. */
export function keyRegionProblem(setting: SettingName, keyArn: string | undefined, region: string): Problem {
  const keyRegion = keyArn?.split(':')[3];
  if (keyRegion === undefined || keyRegion === region) return undefined;
  return (
    `The setting ${setting} names a key in ${keyRegion}; expected one in ${region}, where the stack and its bucket are: ` +
    'correct it or choose the Region with AWS_REGION.'
  );
}

/** Uploads that only start a run after an hour at the latest, and not before they were quiet for longer. */
export function uploadMinutesProblem(quietMinutes: number, latestMinutes: number): Problem {
  if (quietMinutes <= latestMinutes) return undefined;
  return (
    `The setting uploadQuietMinutes is ${quietMinutes} and uploadLatestMinutes is ${latestMinutes}; expected the first to be at ` +
    'most the second: correct one of them.'
  );
}

/** Clean-up empties outputs, runs, copies and the old input by age: a prefix inside another would lose what is to be kept. */
export function prefixesProblem(prefixes: {
  outputPrefix: string;
  runsPrefix: string;
  resultsPrefix: string;
  stagingPrefix: string;
  requestsPrefix: string;
}): Problem {
  const all = [...Object.entries(prefixes), ['the old input prefix', oldInputPrefix] as const];
  for (const [at, [name, prefix]] of all.entries()) {
    for (const [other, otherPrefix] of all.slice(at + 1)) {
      if (!prefix.startsWith(otherPrefix) && !otherPrefix.startsWith(prefix)) continue;
      return (
        `The setting ${name} is "${prefix}" and ${other} is "${otherPrefix}"; expected neither inside the other, because ` +
        'clean-up empties some of them by age: give each a folder of its own.'
      );
    }
  }
  return undefined;
}

/** The first model whose quotas are given although the stack does not offer it, or whose quotas no job could keep. */
export function modelQuotasProblem(quotas: ModelQuotas, ids: readonly string[]): Problem {
  for (const id of Object.keys(quotas)) {
    const found = findModel(id);
    if (found === undefined || !ids.includes(id)) {
      const offered = ids.join(', ');
      return `The setting modelQuotas names "${id}"; expected models of this stack, ${offered}: correct it or leave it out.`;
    }
    const { minRecordsPerJob, maxRecordsPerJob, maxRecordsPerFile } = quotasOf(id, found.model, quotas);
    const most = Math.min(maxRecordsPerJob, maxRecordsPerFile);
    if (minRecordsPerJob <= most) continue;
    return (
      `The setting modelQuotas lets a job of ${id} have ${minRecordsPerJob} records at least and ${most} at most; expected ` +
      'no more at least than at most: correct one of them.'
    );
  }
  return undefined;
}

/** The first model whose price is given although the stack does not offer it: it would be taken for another's. */
export function modelPricesProblem(prices: ModelPrices, ids: readonly string[]): Problem {
  const id = Object.keys(prices).find((each) => !ids.includes(each));
  if (id === undefined) return undefined;
  return `The setting modelPrices names "${id}"; expected models of this stack, ${ids.join(', ')}: correct it or leave it out.`;
}
