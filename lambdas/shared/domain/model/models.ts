import * as z from 'zod';
import { defaultJobQuotas, raisedMaxJobBytes } from '../limits.ts';
import type { MediaKind } from '../media/media.ts';
import type { KnownPrice, ModelPrices, TokenPrice } from './cost.ts';
import type { TokenRules } from './tokens.ts';

/** Quotas of a model's batch jobs; bytes in AWS's GB, 10^9. */
export const quotasSchema = z.strictObject({
  minRecordsPerJob: z.int().min(1),
  maxRecordsPerJob: z.int().min(1),
  maxRecordsPerFile: z.int().min(1),
  maxFileBytes: z.int().min(1),
  /** Everything under the job's folder, media included. */
  maxJobBytes: z.int().min(1),
  /** Submitted and in progress. */
  maxOpenJobs: z.int().min(1),
});
export type Quotas = z.infer<typeof quotasSchema>;

/** Quotas of an account that replace the table's, by model ID as the stack was deployed for it. */
export const modelQuotasSchema = z.lazy(() => z.record(z.string(), quotasSchema.partial()));
export type ModelQuotas = z.infer<typeof modelQuotasSchema>;

/** Returns the quotas of a model in this account. */
export function quotasOf(modelId: string, model: Model, overrides: ModelQuotas): Quotas {
  return { ...model.quotas, ...overrides[modelId] };
}

/** A model that this project knows. */
export interface Model {
  /** Foundation model ID, without the prefix of an inference profile. */
  modelId: string;
  label: string;
  /** Prefixes of the system-defined inference profiles for batch jobs. */
  profiles: readonly string[];
  /** Regions where a batch job may name the model itself. */
  inRegion: readonly string[];
  /** Media that the model takes from S3 in a batch job. */
  media: readonly MediaKind[];
  quotas: Quotas;
  maxOutputTokens: number;
  tokens: TokenRules;
  /** In us-east-1. */
  price: KnownPrice;
  /** Prices of inference profiles that differ. */
  profilePrices?: Readonly<Record<string, TokenPrice>>;
}

/** Frames at one a second, at most: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html */
const firstNova: TokenRules = { maxFrames: 960 };

const priceList = 'https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonBedrock/current/us-east-1/index.json';

/**
 * The models of this project, with the one table of their prices. Availability:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-supported.html; quotas:
 * https://docs.aws.amazon.com/general/latest/gr/bedrock.html; limits: the card of each model; media in S3, "videos or
 * images": https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html. Nova takes an image by
 * reference outside of batch (https://github.com/stdapi-ai/stdapi.ai/issues/137); in a batch job this is unverified.
 */
export const models: readonly Model[] = [
  {
    modelId: 'amazon.nova-lite-v1:0',
    label: 'Nova Lite',
    profiles: ['us', 'eu', 'apac'],
    inRegion: ['us-east-1', 'me-central-1', 'us-gov-west-1'],
    media: ['video', 'image'],
    quotas: { ...defaultJobQuotas, maxJobBytes: raisedMaxJobBytes },
    maxOutputTokens: 5_000,
    tokens: firstNova,
    price: { input: 0.00006, output: 0.00024, asOf: '2026-08-28', source: priceList },
  },
  {
    modelId: 'amazon.nova-pro-v1:0',
    label: 'Nova Pro',
    profiles: ['us', 'eu', 'apac'],
    inRegion: ['us-east-1', 'ap-southeast-3', 'me-central-1', 'us-gov-west-1'],
    media: ['video', 'image'],
    quotas: { ...defaultJobQuotas, maxJobBytes: raisedMaxJobBytes },
    maxOutputTokens: 5_000,
    tokens: firstNova,
    price: {
      input: 0.0008,
      output: 0.0032,
      asOf: '2026-05',
      source: 'https://www.swfte.com/de/blog/amazon-nova-pro-pricing',
      isUnverified: true,
    },
  },
  {
    modelId: 'amazon.nova-premier-v1:0',
    label: 'Nova Premier',
    profiles: ['us'],
    inRegion: [],
    // AWS documents media in S3 for Lite and Pro, and 2 Lite was seen to take them; for Premier nothing is known.
    media: [],
    quotas: defaultJobQuotas,
    maxOutputTokens: 5_000,
    tokens: { maxFrames: 3_200 },
    price: {
      input: 0.0025,
      output: 0.0125,
      asOf: '2026-01',
      source: 'https://github.com/AAKevin8450/aquaticartists-video',
      isUnverified: true,
    },
  },
  {
    modelId: 'amazon.nova-2-lite-v1:0',
    label: 'Nova 2 Lite',
    profiles: ['us', 'eu', 'jp', 'global'],
    inRegion: [],
    media: ['video', 'image'],
    // The quota page has no job size for it, and 5 GB was enforced in January 2026, so 5 GB is assumed.
    quotas: defaultJobQuotas,
    maxOutputTokens: 64_000,
    // The text says 960 frames, the table a frame a second up to 45 min, its longest; the more expensive one is used.
    // https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html
    tokens: { maxFrames: 2_700, imageTokens: 230 },
    price: { input: 0.00033, output: 0.00275, asOf: '2026-08-28', source: priceList, isUnverified: true },
    profilePrices: {
      global: {
        input: 0.0003,
        output: 0.0025,
        asOf: '2026-11',
        source: 'a third-party configuration',
        isUnverified: true,
      },
    },
  },
  {
    // Text only: listed so that the refusal can say so, instead of "unknown model".
    modelId: 'amazon.nova-micro-v1:0',
    label: 'Nova Micro',
    profiles: ['us', 'eu', 'apac'],
    inRegion: ['us-east-1', 'us-gov-west-1'],
    media: [],
    quotas: defaultJobQuotas,
    maxOutputTokens: 5_000,
    tokens: firstNova,
    price: { input: 0.000035, output: 0.00014, asOf: '2026-05', source: 'third-party tables', isUnverified: true },
  },
];

/** Returns the model of an ID, bare or with the prefix of an inference profile (`us.amazon.nova-lite-v1:0`). */
export function findModel(id: string): { model: Model; profile?: string } | undefined {
  for (const model of models) {
    if (id === model.modelId) return { model };
    const profile = model.profiles.find((prefix) => id === `${prefix}.${model.modelId}`);
    if (profile !== undefined) return { model, profile };
  }
  return undefined;
}

/** Regions of the profiles: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
const profileRegions: readonly (readonly [RegExp, 'us' | 'eu' | 'apac'])[] = [
  [/^(us|ca)-(?!gov-)/, 'us'],
  [/^eu-/, 'eu'],
  [/^ap-/, 'apac'],
];

/** Returns the prefix of a Region's geographic inference profiles; undefined if it has none. */
export function profilePrefixOf(region: string): 'us' | 'eu' | 'apac' | undefined {
  return profileRegions.find(([regions]) => regions.test(region))?.[1];
}

/**
 * Returns the model of a stack whose settings name none: Nova Lite, through the inference profile of the Region's
 * geography (`us.` in us-east-1, `eu.` in eu-central-1, `apac.` in ap-south-1), else by its own ID, as in me-central-1.
 */
export function defaultModelId(region: string): string {
  const profile = profilePrefixOf(region);
  return profile === undefined ? 'amazon.nova-lite-v1:0' : `${profile}.amazon.nova-lite-v1:0`;
}

/** Returns the price of a model or its inference profile (which may have its own), from the settings or the table. */
export function priceOf(modelId: string, prices: ModelPrices = {}): KnownPrice {
  const own = Object.hasOwn(prices, modelId) ? prices[modelId] : undefined;
  if (own !== undefined) return { ...own, source: 'the setting modelPrices' };
  const found = findModel(modelId);
  if (found === undefined) return 'unknown';
  const { model, profile = 'us' } = found;
  const price = model.profilePrices?.[profile] ?? model.price;
  // The table has the prices of us-east-1, not those of other geographies.
  const isElsewhere = !['us', 'global'].includes(profile);
  return price !== 'unknown' && isElsewhere ? { ...price, isUnverified: true } : price;
}
