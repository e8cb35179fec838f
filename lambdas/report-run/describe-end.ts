import { isRefusal, messageInCause } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { countRefusals } from '../shared/domain/plan/dry-run.ts';
import type { RecordCounts, Skipped } from '../shared/domain/record/ledger.ts';
import type { Outcome } from '../shared/domain/run/outcome.ts';
import type { StateFailure } from '../shared/domain/state.ts';

/** The facts that decide how a run ended. */
export interface EndFacts {
  records: RecordCounts;
  jobs: readonly Job[];
  /** Whether a user stopped the run. */
  wasStopped: boolean;
  /** Whether it was a dry run; then `skipped` includes the media for which the run would be refused. */
  isDryRun?: boolean;
  skipped: Skipped;
  /** Retryable records whose further attempt was not sent. */
  notSentAgain?: number;
  /** Error of the plan or of the map state, if any. */
  failure?: StateFailure;
}

/** Returns the status of a run and, unless it fully succeeded, the reason in one sentence. */
export function describeEnd(facts: EndFacts): Pick<Outcome, 'status' | 'reason'> {
  const { records, jobs, wasStopped, isDryRun, skipped, notSentAgain = 0, failure } = facts;
  const cause = failure && messageInCause(failure.cause);
  if (wasStopped) return { status: 'Stopped', reason: `The run was stopped by a user: ${countsText(records)}.` };
  if (records.submitted === 0) {
    if (failure === undefined) return isDryRun ? planned(skipped) : { status: 'NothingToDo' };
    return { status: isRefusal(failure) ? 'Refused' : 'Failed', reason: cause };
  }
  if (records.succeeded === records.submitted) return { status: 'Succeeded' };
  const last = jobs.filter((job) => !wasSentAgain(job, jobs));
  const first = last.find((job) => job.failure !== undefined)?.failure;
  if (last.every((job) => job.batchJobArn === undefined && isRefusal(job.failure))) {
    return { status: 'Refused', reason: first?.reason };
  }
  const reason = `${countsText(records)}: ${first?.reason ?? cause ?? 'the ledger has the reason of each.'}`;
  const why = `${notSentAgain} of them may succeed but were not sent again: no further attempt fits within "maxCostUsd" and the quotas.`;
  return {
    status: records.succeeded === 0 ? 'Failed' : 'PartlySucceeded',
    reason: notSentAgain === 0 ? reason : `${reason.replace(/\.?$/, '.')} ${why}`,
  };
}

function planned(skipped: Skipped): ReturnType<typeof describeEnd> {
  const refusals = countRefusals(skipped);
  if (refusals === 0) return { status: 'Planned' };
  return {
    status: 'Planned',
    reason: `A real run would be refused for ${refusals} of its media or records: see the skipped ones, and exclude them.`,
  };
}

/** The end of a job no longer counts once a further attempt has sent its records again. */
function wasSentAgain({ attempt, collected }: Job, jobs: readonly Job[]): boolean {
  return (collected?.retryable ?? 0) > 0 && jobs.some((other) => other.attempt > attempt);
}

function countsText({ submitted, succeeded, failed, missing }: RecordCounts): string {
  return `${succeeded} of ${submitted} records succeeded, ${failed} failed and ${missing} are missing`;
}
