import type { RunStatus } from '../shared/domain/run/run.ts';
import type { RunEnded } from '../shared/domain/run/run-ended.ts';
import type { MetricName } from '../shared/runtime/metric-names.ts';
import type { Counters } from '../shared/runtime/metrics.ts';

/** A nightly run with nothing to do has succeeded; a dry run does not count. */
const countedAs: Record<RunStatus, MetricName | undefined> = {
  Succeeded: 'RunsSucceeded',
  NothingToDo: 'RunsSucceeded',
  Planned: undefined,
  PartlySucceeded: 'RunsPartlySucceeded',
  Stopped: 'RunsStopped',
  Refused: 'RunsRefused',
  Failed: 'RunsFailed',
};

/** Counts an ended run, its records and its cost. */
export function countRun({ status, records, cost }: RunEnded, counters: Counters): void {
  const name = countedAs[status];
  if (name === undefined) return;
  counters.add(name, 1);
  counters.add('RecordsSubmitted', records.submitted);
  counters.add('RecordsSucceeded', records.succeeded);
  counters.add('RecordsFailed', records.failed);
  counters.add('RecordsMissing', records.missing);
  if (cost.batchUsd !== 'unknown') counters.add('BatchUsd', cost.batchUsd);
}
