import { defaultJobQuotas } from '../../lambdas/shared/domain/limits.ts';

/** The body of a record: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html */
export type InvocationType = 'InvokeModel' | 'Converse';

/** One line of a job's JSONL. */
export type VerifyRecord = ReturnType<typeof record>;

/** Bedrock's minimum of records in a job. */
export const minRecords = defaultJobQuotas.minRecordsPerJob;

/**
 * A record of one character that asks for one token. @param media blocks in front of it, as the request's body has them
 */
export function record(recordId: string, type: InvocationType, media: readonly object[] = []) {
  const messages = [{ role: 'user', content: [...media, { text: '1' }] }];
  const body = { messages, inferenceConfig: { maxTokens: 1 } };
  return { recordId, modelInput: type === 'InvokeModel' ? { schemaVersion: 'messages-v1', ...body } : body };
}

/** This many records without media. @param name begins their IDs */
export function textRecords(name: string, count: number, type: InvocationType = 'InvokeModel'): VerifyRecord[] {
  return Array.from({ length: count }, (_, index) => record(`${name}-${index + 1}`, type));
}
