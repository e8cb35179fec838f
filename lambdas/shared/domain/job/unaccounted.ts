import type { TokenUsage } from '../model/pricing.ts';
import type { Job } from './job.ts';

/** Whether foreign records ran in a job: only with a trace of them, because a difference of tokens alone has other reasons. */
export function ranForeignInput({ failure, collected }: Pick<Job, 'failure' | 'collected'>): boolean {
  return failure?.error === 'ForeignInput' || (collected?.foreignFiles.length ?? 0) > 0;
}

/**
 * Tokens that Bedrock's own totals of a job have more, or less where negative, than its output lines have together; undefined where
 * they agree, where Bedrock left no totals, and where foreign records account for them.
 */
export function unaccountedOf(job: Pick<Job, 'failure' | 'collected'>): TokenUsage | undefined {
  const { collected } = job;
  if (collected?.billed === undefined || ranForeignInput(job)) return undefined;
  const inputTokens = collected.billed.inputTokens - collected.inputTokens;
  const outputTokens = collected.billed.outputTokens - collected.outputTokens;
  return inputTokens === 0 && outputTokens === 0 ? undefined : { inputTokens, outputTokens };
}
