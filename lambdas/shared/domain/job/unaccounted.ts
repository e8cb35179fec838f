import type { TokenUsage } from '../model/cost.ts';
import type { Job } from './job.ts';

/** Says whether foreign records ran in a job. A difference of tokens alone is no proof. */
export function ranForeignInput({ failure, collected }: Pick<Job, 'failure' | 'collected'>): boolean {
  return failure?.error === 'ForeignInput' || (collected?.foreignFiles.length ?? 0) > 0;
}

/**
 * Returns by how many tokens Bedrock's totals of a job exceed its output lines (negative where less); undefined where
 * they agree, where there are no totals, and where foreign records explain it.
 */
export function unaccountedOf(job: Pick<Job, 'failure' | 'collected'>): TokenUsage | undefined {
  const { collected } = job;
  if (collected?.billed === undefined || ranForeignInput(job)) return undefined;
  const inputTokens = collected.billed.inputTokens - collected.inputTokens;
  const outputTokens = collected.billed.outputTokens - collected.outputTokens;
  return inputTokens === 0 && outputTokens === 0 ? undefined : { inputTokens, outputTokens };
}
