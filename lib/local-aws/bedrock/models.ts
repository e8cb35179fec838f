/** The limits of batch jobs. */
export interface Quotas {
  minRecordsPerJob: number;
  maxRecordsPerJob: number;
  maxRecordsPerFile: number;
  maxFileBytes: number;
  /** Everything under the job's folder, media included. */
  maxJobBytes: number;
  /** Jobs of one model that are not over. */
  maxOpenJobs: number;
}

/** The facts of a base model that can do batch, which callers hand over. */
export interface ModelFacts {
  modelId: string;
  /** The Regions where its bare ID works; elsewhere a job must name an inference profile. */
  inRegion: readonly string[];
  /** The prefixes of its inference profiles. */
  profiles: readonly string[];
  /** Kinds of media that prompts may point at in S3. */
  media: readonly ('video' | 'image')[];
  quotas: Quotas;
  maxOutputTokens: number;
  /** Video is sampled once a second, up to `maxFrames`. Without `imageTokens` an image costs what its pixels make. */
  tokens: { maxFrames: number; imageTokens?: number };
}

/** Limits in place of a model's own: of every model, and of single ones by their ID. */
export type QuotaOverrides = Partial<Quotas> & { perModel?: Partial<Record<string, Partial<Quotas>>> | undefined };

/** Where the inference profiles of a prefix may be called. */
const regions: Record<string, RegExp> = {
  us: /^(us|ca)-/,
  eu: /^eu-/,
  apac: /^ap-/,
  jp: /^ap-northeast-/,
  global: /./,
};

/**
 * Finds the base model of an ID or ARN of a model or profile, undefined when jobs in this Region cannot use it, and the
 * ARNs that policies must allow.
 *
 * A profile needs its model allowed in every Region that it routes to. AWS may change those, and policies use a
 * wildcard for them, so this Region's ARN represents them all.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html
 */
export function modelBehind(modelId: string, models: readonly ModelFacts[], region: string, accountId: string) {
  const name = modelId.replace(/^arn:aws:bedrock:[^:]*:[0-9]*:(foundation-model|inference-profile)\//, '');
  const [, profile = '', id = name] = /^(us|eu|apac|jp|global)\.(.+)$/.exec(name) ?? [];
  const arns = [`arn:aws:bedrock:${region}::foundation-model/${id}`];
  if (profile !== '') arns.unshift(`arn:aws:bedrock:${region}:${accountId}:inference-profile/${name}`);
  // https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
  if (profile === 'global') arns.push(`arn:aws:bedrock:::foundation-model/${id}`);
  const model = models.find((each) => each.modelId === id);
  const isThere = profile === '' ? model?.inRegion.includes(region) : regions[profile]?.test(region);
  const isKnown = profile === '' || model?.profiles.includes(profile);
  const isHere = modelId === name || modelId === arns[0];
  return { arns, model: isThere && isKnown && isHere ? model : undefined };
}

/** The limits of a model's jobs, with what overrides them. */
export function quotasOf({ modelId, quotas }: ModelFacts, { perModel, ...overrides }: QuotaOverrides = {}): Quotas {
  return { ...quotas, ...overrides, ...perModel?.[modelId] };
}
