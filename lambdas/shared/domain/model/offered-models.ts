import { defaultModelId, findModel, models, profilePrefixOf } from './models.ts';

/** The Regions of profiles that belong to none of the three geographies. */
const profileRegions: ReadonlyMap<string, readonly string[]> = new Map([['jp', ['ap-northeast-1', 'ap-northeast-3']]]);

/** Returns the model IDs that a stack in this Region can offer for media, the default first. */
export function offeredModelIds(region: string): string[] {
  const offered = models
    .filter(({ media }) => media.length > 0)
    .flatMap(({ modelId, profiles, inRegion }) => [
      ...profiles.filter((profile) => isOffered(profile, region)).map((profile) => `${profile}.${modelId}`),
      ...(inRegion.includes(region) ? [modelId] : []),
    ]);
  const first = defaultModelId(region);
  return offered.includes(first) ? [first, ...offered.filter((id) => id !== first)] : offered;
}

/** Returns why a stack in this Region cannot offer a model; undefined if it can. */
export function whyNotOffered(id: string, region: string): string | undefined {
  if (offeredModelIds(region).includes(id)) return undefined;
  const found = findModel(id);
  if (found === undefined) return 'which is not in the table of models';
  if (found.model.media.length === 0) return `but ${found.model.label} takes no media in a batch job`;
  return found.profile === undefined
    ? `but ${region} offers it through an inference profile only`
    : `but its profile "${found.profile}" does not fit ${region}`;
}

function isOffered(profile: string, region: string): boolean {
  if (profile === 'global') return true;
  return profileRegions.get(profile)?.includes(region) ?? profile === profilePrefixOf(region);
}
