import { oldInputPrefix } from '../../../lambdas/shared/domain/keys.ts';
import type { ModelPrices } from '../../../lambdas/shared/domain/model/cost.ts';
import { findModel, type ModelQuotas, quotasOf } from '../../../lambdas/shared/domain/model/models.ts';
import { offeredModelIds, whyNotOffered } from '../../../lambdas/shared/domain/model/offered-models.ts';
import type { SettingName } from './settings-schema.ts';

/** A sentence about settings that are each valid but do not fit together; undefined if they do. */
export type Problem = string | undefined;

/** Finds the first model that a stack in this Region cannot offer. */
export function modelsProblem(ids: readonly string[], region: string): Problem {
  for (const id of ids) {
    const why = whyNotOffered(id, region);
    if (why === undefined) continue;
    const offered = offeredModelIds(region).join(', ');
    return `The setting models names "${id}", ${why}: write some of ${offered}.`;
  }
  return undefined;
}

/** Checks that the key of a bucket comes with its bucket and is in its Region. */
export function bucketKeyProblem(
  bucketName: string | undefined,
  bucketKeyArn: string | undefined,
  region: string,
): Problem {
  if (bucketKeyArn === undefined) return undefined;
  if (bucketName === undefined) {
    return (
      'The setting bucketKeyArn has no bucketName beside it, and a new bucket needs no key of its own: name the ' +
      'bucket or remove the key.'
    );
  }
  return keyRegionProblem('bucketKeyArn', bucketKeyArn, region);
}

/** Checks that a key is in the Region of the stack: it encrypts nothing elsewhere. */
export function keyRegionProblem(setting: SettingName, keyArn: string | undefined, region: string): Problem {
  const keyRegion = keyArn?.split(':')[3];
  if (keyRegion === undefined || keyRegion === region) return undefined;
  return (
    `The setting ${setting} names a key in ${keyRegion}, but the stack and its bucket are in ${region}: correct it ` +
    'or choose the Region with AWS_REGION.'
  );
}

/** Checks that a run over uploads does not wait for quiet longer than it waits at all. */
export function uploadMinutesProblem(quietMinutes: number, latestMinutes: number): Problem {
  if (quietMinutes <= latestMinutes) return undefined;
  return (
    `The setting uploadQuietMinutes is ${quietMinutes}, more than uploadLatestMinutes, which is ${latestMinutes}: ` +
    'correct one of them.'
  );
}

/** Checks that no prefix is inside another: clean-up removes outputs, runs, copies and the old input by age. */
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
        `The setting ${name} is "${prefix}" and ${other} is "${otherPrefix}", one inside the other, and clean-up ` +
        'removes files in some of them by age: give each a folder of its own.'
      );
    }
  }
  return undefined;
}

/** Finds the first model with quotas that the stack does not offer, or with quotas that no job can keep. */
export function modelQuotasProblem(quotas: ModelQuotas, ids: readonly string[]): Problem {
  for (const id of Object.keys(quotas)) {
    const found = findModel(id);
    if (found === undefined || !ids.includes(id)) {
      const offered = ids.join(', ');
      return `The setting modelQuotas names "${id}", which is no model of this stack: write ${offered}, or remove it.`;
    }
    const { minRecordsPerJob, maxRecordsPerJob, maxRecordsPerFile } = quotasOf(id, found.model, quotas);
    const most = Math.min(maxRecordsPerJob, maxRecordsPerFile);
    if (minRecordsPerJob <= most) continue;
    return (
      `The setting modelQuotas lets a job of ${id} have ${minRecordsPerJob} records at least and ${most} at most, ` +
      'which no job can have: correct one of them.'
    );
  }
  return undefined;
}

/** Finds the first model with a price that the stack does not offer, so that no price is meant for another model. */
export function modelPricesProblem(prices: ModelPrices, ids: readonly string[]): Problem {
  const id = Object.keys(prices).find((each) => !ids.includes(each));
  const offered = ids.join(', ');
  return (
    id && `The setting modelPrices names "${id}", which is no model of this stack: write ${offered}, or remove it.`
  );
}
