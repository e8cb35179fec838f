import { errorNames, messageInCause } from '../shared/errors.ts';
import type { Job } from '../shared/jobs.ts';
import type { RecordCounts } from '../shared/ledger.ts';
import type { Outcome, StateFailure } from '../shared/state.ts';

/** What decides how a run ended. */
export interface EndFacts {
  records: RecordCounts;
  jobs: readonly Job[];
  /** Error of the plan or of the Map, if there was one. */
  failure?: StateFailure;
}

/** The status of a run and, where it did not fully succeed, the reason in one sentence. */
export function describeEnd({ records, jobs, failure }: EndFacts): Pick<Outcome, 'status' | 'reason'> {
  if (failure !== undefined) {
    // A refused plan has sent nothing, even where an earlier try of it had written jobs down.
    if (failure.error === errorNames.requestRefused)
      return { status: 'Refused', reason: messageInCause(failure.cause) };
    if (records.submitted === 0) return { status: 'Failed', reason: messageInCause(failure.cause) };
  }
  if (records.submitted === 0) return { status: 'NothingToDo' };
  if (records.succeeded === records.submitted) return { status: 'Succeeded' };
  const [first] = jobs.flatMap((job) => (job.failure ? [job.failure] : []));
  if (jobs.every((job) => job.batchJobArn === undefined && job.failure?.error === errorNames.jobRefused)) {
    return { status: 'Refused', reason: first?.reason };
  }
  const counts = `${records.succeeded} of ${records.submitted} records succeeded, ${records.failed} failed and ${records.missing} are missing`;
  const why = first?.reason ?? (failure && messageInCause(failure.cause));
  const reason = why === undefined ? `${counts}: the ledger says why for each.` : `${counts}: ${why}`;
  return { status: records.succeeded === 0 ? 'Failed' : 'PartlySucceeded', reason };
}
