import * as z from 'zod';
import { answerSchemaSchema, inferenceSchema } from '../analysis/analysis.ts';
import { jobTimeoutHours, maxRetries } from '../limits.ts';
import { mediaKindSchema } from '../media/media.ts';

/**
 * Job names allow letters, digits, `-`, `+` and `.`, at most 63, and start with a letter or digit; `+` is excluded
 * because S3 URIs, of which the name is a part, refuse it. We append a hash and a number, hence the shorter limit.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html
 */
export const runNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9.-]{0,39}$/;

/** Further attempts of a request without `retries`. */
export const defaultRetries = 1;

const globs = z.array(z.string().min(1)).min(1);

const freeAnalysisSchema = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/, 'letters, digits, "-" and "_", at most 64'),
  prompt: z.string().min(1),
  media: z.array(mediaKindSchema).min(1).optional(),
  inference: inferenceSchema.optional(),
  schema: answerSchemaSchema.optional(),
});
const analysisRequestSchema = z.union([z.string(), freeAnalysisSchema]);
export type AnalysisRequest = z.infer<typeof analysisRequestSchema>;

export const mediaRequestSchema = z.strictObject({
  prefixes: z.array(z.string()).min(1).optional(),
  keys: z.array(z.string().min(1)).min(1).optional(),
  manifest: z
    .string()
    .regex(/\.(csv|ndjson)$/i, 'the key of a .csv or .ndjson')
    .optional(),
  include: globs.optional(),
  exclude: globs.optional(),
  newOnly: z.boolean().optional(),
});

/** A request: the input of an execution. Unknown fields are refused. */
export const requestSchema = z.lazy(() =>
  z.strictObject({
    media: mediaRequestSchema
      .refine(
        ({ prefixes, keys, manifest }) => (prefixes ?? keys ?? manifest) !== undefined,
        'prefixes, keys or a manifest',
      )
      .optional(),
    records: z
      .string()
      .regex(/\.ndjson$/i, 'the key of an .ndjson')
      .optional(),
    /** Instead of media: the ID of a run whose failed and missing records are sent again, with its questions. */
    retryOf: z.string().min(1).optional(),
    model: z.string().optional(),
    analyses: z.array(analysisRequestSchema).min(1).optional(),
    layout: z.enum(['root', 'staged', 'auto']).optional(),
    name: z.string().regex(runNamePattern, 'letters, digits, "-" and ".", at most 40, no "_"').optional(),
    timeoutHours: z.int().min(jobTimeoutHours.min).max(jobTimeoutHours.max).optional(),
    belowMinimum: z.enum(['pad', 'fail']).optional(),
    retries: z.int().min(0).max(maxRetries).optional(),
    maxCostUsd: z
      .number()
      .refine((usd) => usd > 0, 'more than 0')
      .optional(),
    dryRun: z.boolean().optional(),
  }),
);
export type MediaBatchRequest = z.infer<typeof requestSchema>;

/** A request, or one sentence about what is wrong with it. */
export type ParsedRequest = { request: MediaBatchRequest } | { problem: string };

/** Checks a request from an execution, a file or a command. */
export function parseRequest(input: unknown): ParsedRequest {
  const parsed = requestSchema.safeParse(input);
  const problem = parsed.success && whyNotCombined(parsed.data);
  if (problem) return { problem };
  if (parsed.success) return { request: parsed.data };
  const { issues } = parsed.error;
  // An unknown field comes first: a misspelt "media" is also a missing one, and the misspelling is the cause.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  return { problem: issue ? sentenceFor(issue, input) : 'The request is not valid.' };
}

/** Returns why two valid fields cannot be combined. */
function whyNotCombined(request: MediaBatchRequest): string | undefined {
  const { media, records, retryOf, layout } = request;
  if (retryOf !== undefined) {
    return refusalBeside(
      request,
      'retryOf',
      ['media', 'records', 'analyses', 'model'],
      'a retry repeats the questions of that run',
    );
  }
  if (records === undefined) return media === undefined ? nothingNamed : undefined;
  const refused = refusalBeside(
    request,
    'records',
    ['media', 'analyses'],
    'prebuilt records already contain their media and prompts',
  );
  if (refused !== undefined || layout !== 'staged') return refused;
  return (
    'The request has "records" and "layout": "staged"; prebuilt records name the original media, but a staged job reads ' +
    'copies: remove "layout".'
  );
}

function refusalBeside(
  request: MediaBatchRequest,
  field: keyof MediaBatchRequest,
  excluded: readonly (keyof MediaBatchRequest)[],
  why: string,
): string | undefined {
  const beside = excluded.find((other) => request[other] !== undefined);
  return beside && `The request has "${field}" and "${beside}"; ${why}: remove one of the two.`;
}

const nothingNamed =
  'The request names no media; expected "media" with "prefixes", "keys" or "manifest", or "records" or "retryOf": ' +
  'add {"media":{"prefixes":["proxies/"]}}.';

type Issue = z.core.$ZodIssue;

function sentenceFor(issue: Issue, input: unknown): string {
  const where = nameOf(issue.path);
  const got = show(valueAt(input, issue.path));
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => JSON.stringify(nameOf([...issue.path, key]))).join(', ');
    const known = knownFields(issue.path).join(', ');
    return `The request has the unknown field ${unknown}; expected ${known}: correct its name or remove it.`;
  }
  if (issue.path.length === 0) return `The request is ${got}; expected an object with "media": see docs/request.md.`;
  return `"${where}" of the request is ${got}; expected ${expectationOf(issue)}: correct it.`;
}

const typeNames: Partial<Record<string, string>> = {
  int: 'a whole number',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};

function expectationOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? `a ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      if (issue.origin === 'string') return 'at least one character';
      return issue.origin === 'array' ? 'at least one' : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_union':
      return expectationOfUnion(issue.errors);
    default:
      return issue.message;
  }
}

function expectationOfUnion(branches: readonly (readonly Issue[])[]): string {
  const inside = branches.flat().find((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys');
  if (inside === undefined) return 'the name of a built-in analysis or {"name", "prompt"}';
  if (inside.code === 'unrecognized_keys')
    return `no field ${inside.keys.map((key) => JSON.stringify(key)).join(', ')} in it`;
  return `its "${nameOf(inside.path)}" to be ${expectationOf(inside)}`;
}

function knownFields(path: readonly PropertyKey[]): string[] {
  if (path.includes('inference')) return Object.keys(inferenceSchema.shape);
  if (path.includes('analyses')) return Object.keys(freeAnalysisSchema.shape);
  return Object.keys(path.includes('media') ? mediaRequestSchema.shape : requestSchema.unwrap().shape);
}

function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.entries(value).find(([name]) => name === String(part))?.[1];
  }, input);
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
