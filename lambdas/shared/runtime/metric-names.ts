/** Where the metrics of all stacks are. */
export const metricNamespace = 'bedrock-media-batch';

/** The one dimension of every metric: a run, a job or a key would make a metric of each, and a bill of that. */
export const stackDimension = 'stack';

/** Every metric with its unit; CloudWatch knows no dollars and no minutes. */
export const metricUnits = {
  /** Of every run that has ended, once; a dry run counts nowhere. */
  RunsSucceeded: 'Count',
  RunsPartlySucceeded: 'Count',
  RunsFailed: 'Count',
  RunsRefused: 'Count',
  RunsStopped: 'Count',
  RecordsSubmitted: 'Count',
  RecordsSucceeded: 'Count',
  RecordsFailed: 'Count',
  RecordsMissing: 'Count',
  /** Absent where the model has no price. */
  BatchUsd: 'None',
  /** Of every recovery. */
  OpenRuns: 'Count',
  StuckRuns: 'Count',
  /** Runs that could not be recovered or whose jobs could not be stopped, stuck ones among them. */
  RunsNotRecovered: 'Count',
  /** Since when the job that waits longest waits for the root or for a slot; 0 where none does. */
  LongestWaitMinutes: 'None',
  /** Owners of a root that others wait for, of whom nobody can say whether they live. */
  OwnersNotJudged: 'Count',
  /** Of every clean-up that is no dry run. */
  CleanUps: 'Count',
  ObjectsRemoved: 'Count',
  RemovalFailures: 'Count',
} as const;

export type MetricName = keyof typeof metricUnits;
