import * as z from 'zod';
import { truncateText } from '../shared/text/plain-text.ts';
import { readModelOutput } from './model-output.ts';
import { isRetryableError, outputErrorSchema } from './retryable.ts';

/**
 * An output line, as far as we read it:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html
 */
const outputLineSchema = z.object({
  recordId: z.string(),
  modelOutput: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** What one output line says about its record. */
export interface Answer {
  recordId: string;
  inputTokens: number;
  outputTokens: number;
  /** Why the record failed; then there is no text to trust. */
  failure?: string;
  /** The record may succeed if it is sent again. */
  isRetryable?: boolean;
  /** The answer ended at its token limit. */
  isTruncated?: boolean;
  text?: string;
  stopReason?: string;
}

/** The longest failure text: each of 100,000 records may have one, all in memory at once. */
const maxFailureLength = 500;

/**
 * Stop reasons of an answer that cannot be used:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
const withheld: ReadonlySet<string> = new Set(['content_filtered', 'guardrail_intervened', 'refusal']);
const broken: ReadonlySet<string> = new Set([
  'malformed_model_output',
  'malformed_tool_use',
  'model_context_window_exceeded',
]);

/** Reads one output line; undefined where it is not a line of Bedrock. */
export function readAnswer(line: string): Answer | undefined {
  const parsed = outputLineSchema.safeParse(parseJson(line));
  if (!parsed.success) return undefined;
  const { recordId, modelOutput, error } = parsed.data;
  if (error !== undefined && error !== null) {
    return { recordId, inputTokens: 0, outputTokens: 0, ...failureOf(error) };
  }
  const output = readModelOutput(modelOutput);
  if (output === undefined) {
    const failure = 'the answer has no shape that models answer in (Nova, Converse, Claude messages)';
    return { recordId, inputTokens: 0, outputTokens: 0, failure };
  }
  const { text, stopReason, inputTokens, outputTokens } = output;
  const tokens = { inputTokens, outputTokens };
  if (stopReason === 'max_tokens') {
    const failure = `the answer was truncated at ${outputTokens} tokens: allow more with the analysis's inference.maxTokens`;
    return { recordId, ...tokens, failure, isTruncated: true, text, stopReason };
  }
  if (text.trim() === '') {
    return { recordId, ...tokens, failure: `the answer has no text (stop reason ${stopReason})`, stopReason };
  }
  if (withheld.has(stopReason)) {
    return { recordId, ...tokens, failure: `the answer was withheld (stop reason ${stopReason})`, text, stopReason };
  }
  if (broken.has(stopReason)) {
    return { recordId, ...tokens, failure: `the answer is not whole (stop reason ${stopReason})`, text, stopReason };
  }
  return { recordId, ...tokens, text, stopReason };
}

/** An error of unknown shape is still this record's failure, not a foreign line. */
function failureOf(error: unknown): Pick<Answer, 'failure' | 'isRetryable'> {
  const parsed = outputErrorSchema.safeParse(error);
  if (!parsed.success) {
    const said = typeof error === 'string' ? error : JSON.stringify(error);
    return { failure: truncateText(`error: ${said}`, maxFailureLength) };
  }
  const { errorCode, errorMessage } = parsed.data;
  const said = `${errorCode ?? 'error'}: ${errorMessage ?? 'Bedrock gives no message'}`;
  const failure = truncateText(said, maxFailureLength);
  return isRetryableError(parsed.data) ? { failure, isRetryable: true } : { failure };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
