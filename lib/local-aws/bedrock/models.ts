import { z } from 'zod';

/** A base model that can do batch. */
export interface Model {
  id: string;
  /** The Regions where its bare ID works; elsewhere a job must name an inference profile. */
  inRegion: string[];
  /** The prefixes of its inference profiles. */
  profiles: string[];
  maxJobBytes: number;
  /** Whether prompts may point at media in S3. */
  s3Media: boolean;
  maxOutputTokens: number;
  /** Video is sampled once a second, up to this many frames. */
  maxFrames: number;
  /** Images that a prompt may bring as bytes. */
  maxInlineImages: number;
  /** Tokens of an image; undefined: as many as its pixels make. */
  imageTokens?: number;
}

/** The strict reading of AWS's "GB". */
const gb = 1_000_000_000;

// Regions: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-supported.html
// Job sizes: https://docs.aws.amazon.com/general/latest/gr/bedrock.html (no row for Nova 2 Lite; 5 GB were seen in the field)
// S3 media: shown for Nova Lite and Pro in batch-inference-data, seen for Nova 2 Lite; UNVERIFIED and so refused for Premier
const nova = (id: string, inRegion: string, more: Partial<Model> = {}): Model => ({
  id,
  inRegion: inRegion.split(' '),
  profiles: ['us', 'eu', 'apac'],
  maxJobBytes: 5 * gb,
  s3Media: false,
  maxOutputTokens: 5_000,
  maxFrames: 960,
  maxInlineImages: 20,
  ...more,
});
const s3 = { maxJobBytes: 100 * gb, s3Media: true };
const nova2 = { profiles: ['us', 'eu', 'jp', 'global'], s3Media: true, maxOutputTokens: 64_000 };
const models = [
  nova('amazon.nova-lite-v1:0', 'us-east-1 me-central-1 us-gov-west-1', s3),
  nova('amazon.nova-pro-v1:0', 'us-east-1 ap-southeast-3 me-central-1 us-gov-west-1', s3),
  nova('amazon.nova-micro-v1:0', 'us-east-1 us-gov-west-1'),
  nova('amazon.nova-premier-v1:0', '', { profiles: ['us'], maxFrames: 3_200 }),
  // Frames and images: https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html
  nova('amazon.nova-2-lite-v1:0', '', { ...nova2, maxFrames: 2_700, maxInlineImages: 5, imageTokens: 230 }),
];
const regions: Record<string, RegExp> = {
  us: /^(us|ca)-/,
  eu: /^eu-/,
  apac: /^ap-/,
  jp: /^ap-northeast-/,
  global: /./,
};

/**
 * What the ID or ARN of a foundation model or inference profile stands for: the ARNs that policies must allow, and the base model,
 * undefined when batch jobs in this Region cannot use it. A profile needs its model allowed in every Region that it routes to;
 * those are for AWS to change and policies name them by a wildcard, so this Region's stands for them all.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html
 */
export function modelBehind(modelId: string, region: string, accountId: string): { arns: string[]; model?: Model } {
  const name = modelId.replace(/^arn:aws:bedrock:[^:]*:[0-9]*:(foundation-model|inference-profile)\//, '');
  const [, profile = '', id = name] = /^(us|eu|apac|jp|global)\.(.+)$/.exec(name) ?? [];
  const arns = [`arn:aws:bedrock:${region}::foundation-model/${id}`];
  if (profile !== '') arns.unshift(`arn:aws:bedrock:${region}:${accountId}:inference-profile/${name}`);
  // https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
  if (profile === 'global') arns.push(`arn:aws:bedrock:::foundation-model/${id}`);
  const model = models.find((each) => each.id === id);
  const isThere = profile === '' ? model?.inRegion.includes(region) : regions[profile]?.test(region);
  const isKnown = profile === '' || model?.profiles.includes(profile);
  const isHere = modelId === name || modelId === arns[0];
  return { arns, ...(isThere && isKnown && isHere ? { model } : {}) };
}

const limit = z.int().min(1);
const quotasSchema = z.strictObject({
  minRecordsPerJob: limit,
  maxRecordsPerJob: limit,
  maxRecordsPerFile: limit,
  maxFileBytes: limit,
  maxJobBytes: limit,
  /** Jobs of one model that are not over. */
  maxJobsAtOnce: limit,
});
/** The limits of batch jobs. */
export type Quotas = z.infer<typeof quotasSchema>;

/** Limits in place of a model's own: of every model, and of single ones. */
export const quotaOverridesSchema = quotasSchema.partial().extend({
  perModel: z.partialRecord(z.enum(models.map(({ id }) => id)), quotasSchema.partial()).optional(),
});
export type QuotaOverrides = z.infer<typeof quotaOverridesSchema>;

/** What is not overridden has the defaults of https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
export function quotasOf({ id, maxJobBytes }: Model, { perModel, ...overrides }: QuotaOverrides = {}): Quotas {
  const perJob = { minRecordsPerJob: 100, maxRecordsPerJob: 100_000, maxJobBytes, maxJobsAtOnce: 100 };
  return { ...perJob, maxRecordsPerFile: 100_000, maxFileBytes: gb, ...overrides, ...perModel?.[id] };
}
