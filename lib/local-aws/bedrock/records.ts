import { z } from 'zod';
import { imageFormats, videoFormats } from './formats.ts';
import type { ModelFacts } from './models.ts';

/** Why a record has no answer, as its output line says. */
export class RecordError extends Error {
  readonly errorCode: number;
  readonly retryable: boolean;
  constructor(message: string, errorCode = 400, retryable = false) {
    super(message);
    this.name = 'RecordError';
    this.errorCode = errorCode;
    this.retryable = retryable;
  }
}

const one = (value: object) => Object.keys(value).length === 1;
const bucketOwner = z.stringFormat('account', /^[0-9]{12}$/).optional();
const s3Location = z.strictObject({ uri: z.string(), bucketOwner });
const source = z.strictObject({ bytes: z.base64(), s3Location }).partial().refine(one, 'expected bytes or s3Location');
const text = z.string().regex(/\S/, 'expected a text that is not blank');
const image = z.strictObject({ format: z.enum(imageFormats), source });
const video = z.strictObject({ format: z.enum(videoFormats), source });
const block = z.strictObject({ text, image, video }).partial().refine(one, 'expected text, image or video');
const message = z
  .strictObject({ role: z.enum(['user', 'assistant']), content: z.array(block).min(1) })
  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-api-restrictions.html
  .refine(({ role, content }) => role === 'user' || content.every((each) => each.text), 'only the user may show media');
const common = {
  // Of Converse for certain (https://github.com/ShishirPatil/gorilla/pull/881), of InvokeModel UNVERIFIED.
  messages: z
    .array(message)
    .refine(([first]) => first?.role === 'user', 'the first turn must be the user turn')
    .refine(
      (turns) => turns.every(({ role }, at) => role !== turns[at + 1]?.role),
      'a conversation must alternate between user and assistant roles',
    ),
  system: z.array(z.strictObject({ text })).default([]),
};
const inference = {
  maxTokens: z.int().min(1).optional(),
  temperature: z.number().min(0).max(1).optional(),
  topP: z.number().min(0).max(1).optional(),
  stopSequences: z.array(z.string()).optional(),
};
const bodies = {
  // https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
  InvokeModel: z.strictObject({
    ...common,
    schemaVersion: z.literal('messages-v1').optional(),
    inferenceConfig: z.strictObject({ ...inference, topK: z.int().min(0).optional() }).default({}),
  }),
  // Without modelId (seen in the field: https://github.com/maximhq/bifrost/pull/4516) and without tools
  // (https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html).
  Converse: z.strictObject({
    ...common,
    inferenceConfig: z.strictObject(inference).default({}),
    additionalModelRequestFields: z.record(z.string(), z.unknown()).optional(),
  }),
};

/** An image or a video in a prompt. */
export type MediaBlock = z.output<typeof image> | z.output<typeof video>;

/** What a record asks. */
export interface Prompt {
  text: string;
  media: MediaBlock[];
  maxTokens: number;
}

/** What a record's prompt is checked against. */
export interface PromptRules {
  type: keyof typeof bodies;
  model: ModelFacts;
  accountId: string;
  folderUri: string | undefined;
}

/** Reads a `modelInput`, and checks what needs no media. @throws RecordError */
export function readPrompt(modelInput: unknown, rules: PromptRules): Prompt {
  const { success, data, error } = bodies[rules.type].safeParse(modelInput);
  if (!success) throw malformed(error.issues[0]);
  const { maxTokens = rules.model.maxOutputTokens } = data.inferenceConfig;
  if (maxTokens > rules.model.maxOutputTokens) {
    throw new RecordError(`maxTokens ${maxTokens} exceeds the model limit of ${rules.model.maxOutputTokens}.`);
  }
  const blocks = data.messages.flatMap(({ content }) => content);
  // https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
  if (blocks.filter(({ video }) => video).length > 1) throw new RecordError('Only one video per request is supported.');
  const media = blocks.flatMap(({ image, video }) => image ?? video ?? []);
  for (const { image, video } of blocks) {
    const location = (image ?? video)?.source.s3Location;
    if (location) checkLocation(location, video ? 'video' : 'image', rules);
  }
  const maxInlineImages = maxInlineImagesOf(rules.model);
  const images = blocks.flatMap(({ image }) => image ?? []);
  const inlineImages = images.filter(({ source }) => source.bytes !== undefined).length;
  if (inlineImages > maxInlineImages || images.length > 1_000) {
    throw new RecordError(`There are ${images.length} images, of at most ${maxInlineImages} inline, 1000 from S3.`);
  }
  // The schema page has bytes only, the image page says that S3 works: the strict reading.
  if (rules.type === 'InvokeModel' && blocks.some(({ image }) => image?.source.s3Location)) {
    throw new RecordError('An image of an InvokeModel record must be given as bytes; Converse takes it from S3.');
  }
  // https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
  const inlineBytes = media.reduce((sum, { source }) => sum + ((source.bytes?.length ?? 0) * 3) / 4, 0);
  if (inlineBytes > 25_000_000) throw new RecordError('The inline media exceed the limit of 25 MB.');
  return { text: [...data.system, ...blocks].flatMap((block) => block.text ?? []).join('\n'), media, maxTokens };
}

/**
 * Images that a prompt may bring as bytes; for older models the limit of Converse.
 * https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 */
const maxInlineImagesOf = ({ modelId }: ModelFacts) => (modelId.startsWith('amazon.nova-2-') ? 5 : 20);

type Location = z.output<typeof s3Location>;

function checkLocation({ uri, bucketOwner }: Location, kind: 'video' | 'image', rules: PromptRules): void {
  const { model, accountId, folderUri } = rules;
  // Space and comma are refused for certain; that the other characters outside of an input URI's are is the strict
  // reading. A percent sign passes and is looked up as it is: https://github.com/AAKevin8450/aquaticartists-video
  if (uri.length > 1024 || !/^s3:\/\/[-.a-z0-9]+\/[-!_*'().a-zA-Z0-9/%]+$/.test(uri)) {
    throw new RecordError('Provided S3 URI is invalid');
  }
  // https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html
  if (folderUri === undefined || !uri.startsWith(folderUri)) {
    throw new RecordError(
      'The S3 resource locations in your prompt do not match the folder prefix specified in CreateModelInvocationJob ' +
        'InputDataConfig parameter. Batch Inference requires both JSONL and S3 resources to be in the same S3 bucket ' +
        'and folder (paths are case-sensitive). If you intend to use S3 URIs in prompts, the InputDataConfig ' +
        'parameter must specify a folder containing all linked resources, not an individual .jsonl file.',
    );
  }
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_S3Location.html
  if (bucketOwner !== undefined && bucketOwner !== accountId) {
    throw new RecordError(`Access to ${uri} was denied: ${bucketOwner} does not own its bucket.`, 403);
  }
  if (!model.media.includes(kind)) throw new RecordError(`${model.modelId} takes no ${kind} from S3 in batch.`);
}

function malformed(issue: z.core.$ZodIssue | undefined): RecordError {
  const path = (issue?.path ?? []).join('.');
  if (issue?.code !== 'unrecognized_keys')
    return new RecordError(`Malformed input request: ${path}: ${issue?.message}`);
  return new RecordError(`${[...issue.path, issue.keys[0]].join('.')}: Extra inputs are not permitted`);
}
