import { ZodError } from 'zod';
import type { Outcome } from '../../../lambdas/shared/domain/run/outcome.ts';
import type { Runs } from '../aws/runs.ts';

/** How a run ended; undefined where nothing says so, and where what does may not be read or is not what this version writes. */
export async function readableOutcome(runId: string, runs: Pick<Runs, 'outcome'>): Promise<Outcome | undefined> {
  try {
    return await runs.outcome(runId);
  } catch (error) {
    if (error instanceof ZodError || error instanceof SyntaxError) return undefined;
    if (error instanceof Error && error.name.startsWith('AccessDenied')) return undefined;
    throw error;
  }
}
