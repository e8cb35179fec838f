import { z } from 'zod';

/** An output line, as far as we read it: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html */
const outputLineSchema = z.object({
  recordId: z.string(),
  modelOutput: z.unknown().optional(),
  error: z
    .object({ errorCode: z.union([z.string(), z.number()]).optional(), errorMessage: z.string().optional() })
    .optional(),
});

/** Nova's answer, as far as we read it: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html */
const novaAnswerSchema = z.object({
  output: z.object({ message: z.object({ content: z.array(z.object({ text: z.string().optional() })) }) }),
  stopReason: z.string(),
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).optional(),
});

/** What one output line says about its record. */
export interface Answer {
  recordId: string;
  inputTokens: number;
  outputTokens: number;
  /** Why the record failed; then there is no text to trust. */
  failure?: string;
  text?: string;
  stopReason?: string;
}

/** Reads one output line; undefined where it is no line that Bedrock writes. */
export function readAnswer(line: string): Answer | undefined {
  const parsed = outputLineSchema.safeParse(parseJson(line));
  if (!parsed.success) return undefined;
  const { recordId, modelOutput, error } = parsed.data;
  if (error !== undefined) {
    const failure = `${error.errorCode ?? 'error'}: ${error.errorMessage ?? 'Bedrock gives no message'}`;
    return { recordId, inputTokens: 0, outputTokens: 0, failure };
  }
  const answer = novaAnswerSchema.safeParse(modelOutput);
  if (!answer.success) {
    return {
      recordId,
      inputTokens: 0,
      outputTokens: 0,
      failure: 'the answer does not have the shape of a Nova answer',
    };
  }
  const { output, stopReason, usage } = answer.data;
  const tokens = { inputTokens: usage?.inputTokens ?? 0, outputTokens: usage?.outputTokens ?? 0 };
  const text = output.message.content.map((block) => block.text ?? '').join('');
  if (stopReason === 'max_tokens') {
    const failure = `the answer was cut at ${tokens.outputTokens} tokens: allow more with the analysis's inference.maxTokens`;
    return { recordId, ...tokens, failure, text, stopReason };
  }
  return { recordId, ...tokens, text, stopReason };
}

/** The JSON in an answer, with or without a code fence around it; undefined where there is none. */
export function jsonIn(text: string): unknown {
  const fenced = /^\s*```[a-z]*\n(.*)\n\s*```\s*$/s.exec(text)?.[1];
  return parseJson(fenced ?? text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
