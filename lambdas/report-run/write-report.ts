import { isRetryable, messageOf } from '../shared/domain/errors/errors.ts';
import { reportKey } from '../shared/domain/keys.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { PageFacts } from './page/facts.ts';

export interface WriteReportDependencies {
  store: Pick<MediaStore, 'concatenate' | 'readLines'>;
  log: { warn(message: string, fields: Record<string, unknown>): void };
}

/**
 * Writes the report page of a run; a repeat writes the same one.
 *
 * @returns false, with a warning in the log, if it cannot be written: a run does not fail because of its page
 * @throws retryable errors
 */
export async function writeReport(facts: PageFacts, { store, log }: WriteReportDependencies): Promise<boolean> {
  const { run, outcome, plan, attempts, jobs, bucket, prefixes } = facts;
  const { runId } = run;
  const isListed = outcome.resultsListUri !== undefined;
  const price = plan?.price ?? 'unknown';
  try {
    // Loaded on demand: the page takes a fifth of a cold start, and not every invocation gets here.
    const [{ htmlContentType, pagePieces }, { pageRows }] = await Promise.all([
      import('./page/document.ts'),
      import('./page/rows.ts'),
    ]);
    const rows = pageRows(
      { runId, attempts, jobs, records: outcome.records, price, bucket, isListed },
      store,
      prefixes,
    );
    await store.concatenate(reportKey(prefixes, runId), pagePieces(facts, rows), htmlContentType);
    return true;
  } catch (error) {
    if (isRetryable(error)) throw error;
    log.warn('Report:NotWritten', { runId, reason: messageOf(error) });
    return false;
  }
}
