/** Lines as Bedrock writes them into `….jsonl.out`, echoed input and all. */

interface GivenAnswer {
  text?: string;
  stopReason?: string;
  inputTokens?: number;
  outputTokens?: number;
}

const modelInput = { schemaVersion: 'messages-v1', messages: [] };

/** The line of a record that Nova answered. */
export function answerLine(recordId: string, given: GivenAnswer = {}): string {
  const { text = `Answer to ${recordId}`, stopReason = 'end_turn', inputTokens = 100, outputTokens = 10 } = given;
  const usage = { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  const modelOutput = { output: { message: { role: 'assistant', content: [{ text }] } }, stopReason, usage };
  return JSON.stringify({ recordId, modelInput, modelOutput });
}

/** The line of a record that failed: `error` stands in the place of `modelOutput`. */
export function errorLine(recordId: string, errorCode: number | string = 400, errorMessage = 'Bad video'): string {
  return JSON.stringify({ recordId, modelInput, error: { errorCode, errorMessage, retryable: false, expired: false } });
}
