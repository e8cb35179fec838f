import * as z from 'zod';

/** What a model said, in any of the known shapes. */
export interface ModelOutput {
  /** All text blocks joined, without reasoning and tool calls. */
  text: string;
  stopReason: string;
  inputTokens: number;
  outputTokens: number;
}

/**
 * Each block is parsed alone, so that an unknown one does not hide the others. Converse and Nova have blocks of one
 * field each, of which `reasoningContent` and `toolUse` have no text of their own; Claude has a `type`, and its
 * reasoning is `thinking`: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html,
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
 */
const textBlockSchema = z.object({ type: z.literal('text').nullish(), text: z.string() });

const contentSchema = z.array(z.unknown());
const count = z.int().min(0).catch(0);

/**
 * Nova, and Converse, which has the same fields and more:
 * https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
const messageSchema = z.object({
  output: z.object({ message: z.object({ content: contentSchema }) }),
  stopReason: z.string(),
  usage: z.object({ inputTokens: count, outputTokens: count }).nullish(),
});

/**
 * Claude's messages:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
 */
const claudeSchema = z.object({
  content: contentSchema,
  stop_reason: z.string(),
  usage: z.object({ input_tokens: count, output_tokens: count }).nullish(),
});

/** Reads what a model said; undefined for an unknown shape. */
export function readModelOutput(modelOutput: unknown): ModelOutput | undefined {
  const { data: message } = messageSchema.safeParse(modelOutput);
  if (message !== undefined) {
    const { inputTokens = 0, outputTokens = 0 } = message.usage ?? {};
    const text = textOf(message.output.message.content);
    return { text, stopReason: normalized(message.stopReason), inputTokens, outputTokens };
  }
  const { data: claude } = claudeSchema.safeParse(modelOutput);
  if (claude === undefined) return undefined;
  const { input_tokens: inputTokens = 0, output_tokens: outputTokens = 0 } = claude.usage ?? {};
  return { text: textOf(claude.content), stopReason: normalized(claude.stop_reason), inputTokens, outputTokens };
}

function textOf(content: readonly unknown[]): string {
  return content.map((block) => textBlockSchema.safeParse(block).data?.text ?? '').join('');
}

/** Returns `max_tokens` also for `maxTokens`, `MAX_TOKENS` and `length`, the names that some models use. */
function normalized(stopReason: string): string {
  const words = stopReason.replaceAll(/(?<=[a-z])(?=[A-Z])|[\s-]+/g, '_').toLowerCase();
  return words === 'length' || words === 'model_length' ? 'max_tokens' : words;
}
