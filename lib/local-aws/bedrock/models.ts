import { ServiceError } from '../endpoint.ts';

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
  /** Tokens of an image; undefined: as many as its pixels make. */
  imageTokens?: number;
}

/** The limits of batch jobs. */
export interface Quotas {
  minRecordsPerJob: number;
  maxRecordsPerJob: number;
  maxRecordsPerFile: number;
  maxFileBytes: number;
  maxJobBytes: number;
  /** Jobs of one model that are not over. */
  maxJobsAtOnce: number;
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
  ...more,
});
const s3 = { maxJobBytes: 100 * gb, s3Media: true };
const nova2 = { profiles: ['us', 'eu', 'jp', 'global'], s3Media: true, maxOutputTokens: 64_000 };
const models = [
  nova('amazon.nova-lite-v1:0', 'us-east-1 me-central-1 us-gov-west-1', s3),
  nova('amazon.nova-pro-v1:0', 'us-east-1 ap-southeast-3 me-central-1 us-gov-west-1', s3),
  nova('amazon.nova-micro-v1:0', 'us-east-1 us-gov-west-1'),
  nova('amazon.nova-premier-v1:0', '', { profiles: ['us'], maxFrames: 3_200 }),
  nova('amazon.nova-2-lite-v1:0', '', { ...nova2, maxFrames: 2_700, imageTokens: 230 }),
];
const regions: Record<string, RegExp> = {
  us: /^(us|ca)-/,
  eu: /^eu-/,
  apac: /^ap-/,
  jp: /^ap-northeast-/,
  global: /./,
};

/**
 * The base model behind the ID or ARN of a foundation model or inference profile.
 *
 * @throws `ValidationException` when batch jobs in this Region cannot use it
 */
export function batchModel(modelId: string, region: string): Model {
  const name = modelId.replace(/^arn:aws[^:]*:bedrock:[^:]*:[0-9]*:(foundation-model|inference-profile)\//, '');
  const model = models.find(({ id }) => name === id || name.endsWith(`.${id}`));
  const profile = name.slice(0, -1 - (model?.id.length ?? 0));
  const usable = profile === '' ? model?.inRegion.includes(region) : regions[profile]?.test(region);
  if (model && usable && (profile === '' || model.profiles.includes(profile))) return model;
  const way = model ? 'use one of its inference profiles for this Region' : 'the local Bedrock knows only Amazon Nova';
  throw new ServiceError('ValidationException', 400, `No batch inference with ${modelId} in ${region}: ${way}.`);
}

/** What is not overridden has the defaults of https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
export function quotasOf({ maxJobBytes }: Model, overrides: Partial<Quotas> = {}): Quotas {
  const perJob = { minRecordsPerJob: 100, maxRecordsPerJob: 100_000, maxJobBytes, maxJobsAtOnce: 100 };
  return { ...perJob, maxRecordsPerFile: 100_000, maxFileBytes: gb, ...overrides };
}
