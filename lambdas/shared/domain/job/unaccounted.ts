import type { TokenUsage } from '../model/pricing.ts';
import type { Job } from './job.ts';

/** Whether strangers' records ran in a job: only with a trace of them, because a difference of tokens alone has other reasons. */
export function ranStrangers({ failure, collected }: Pick<Job, 'failure' | 'collected'>): boolean {
  return failure?.error === 'StrangerInput' || (collected?.foreignFiles.length ?? 0) > 0;
}

/**
 * Tokens that Bedrock's own totals of a job have more, or less where negative, than its output lines have together; undefined where
 * they agree, where Bedrock left no totals, and where strangers account for them.
 */
export function unaccountedOf(job: Pick<Job, 'failure' | 'collected'>): TokenUsage | undefined {
  const { collected } = job;
  if (collected?.billed === undefined || ranStrangers(job)) return undefined;
  const inputTokens = collected.billed.inputTokens - collected.inputTokens;
  const outputTokens = collected.billed.outputTokens - collected.outputTokens;
  return inputTokens === 0 && outputTokens === 0 ? undefined : { inputTokens, outputTokens };
}
