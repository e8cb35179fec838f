import { isRefusal, messageInCause } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { countRefusals } from '../shared/domain/plan/dry-run.ts';
import type { RecordCounts, Skipped } from '../shared/domain/record/ledger.ts';
import type { Outcome } from '../shared/domain/run/outcome.ts';
import type { StateFailure } from '../shared/domain/state.ts';

/** What decides how a run ended. */
export interface EndFacts {
  records: RecordCounts;
  jobs: readonly Job[];
  /** Whether a user stopped the run. */
  wasStopped: boolean;
  /** Whether it was only to be planned; then with what the run itself would be refused for among what was skipped. */
  isDryRun?: boolean;
  skipped: Skipped;
  /** Records that may succeed and had a further attempt due that was not sent. */
  notSentAgain?: number;
  /** Error of the plan or of the Map, if there was one. */
  failure?: StateFailure;
}

/** The status of a run and, where it did not fully succeed, the reason in one sentence. */
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
  const reason = `${countsText(records)}: ${first?.reason ?? cause ?? 'the ledger says why for each.'}`;
  const why = `${notSentAgain} of them may succeed and were not sent again: no further attempt could be planned within "maxCostUsd" and the quotas.`;
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
    reason: `The run would be refused for ${refusals} of what it reaches, expected none: see what was skipped, and leave it out.`,
  };
}

/** What became of a job whose records a further attempt sent again decides nothing any more. */
function wasSentAgain({ attempt, collected }: Job, jobs: readonly Job[]): boolean {
  return (collected?.retryable ?? 0) > 0 && jobs.some((other) => other.attempt > attempt);
}

function countsText({ submitted, succeeded, failed, missing }: RecordCounts): string {
  return `${succeeded} of ${submitted} records succeeded, ${failed} failed and ${missing} are missing`;
}
