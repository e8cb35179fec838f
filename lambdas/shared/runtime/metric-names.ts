/** The namespace of the metrics of all stacks. */
export const metricNamespace = 'bedrock-media-batch';

/** The one dimension of every metric: with a run, a job or a key, each would become a metric and be billed. */
export const stackDimension = 'stack';

/** Every metric with its unit; CloudWatch has no dollars and no minutes. */
export const metricUnits = {
  /** Once for every run that has ended; a dry run is not counted. */
  RunsSucceeded: 'Count',
  RunsPartlySucceeded: 'Count',
  RunsFailed: 'Count',
  RunsRefused: 'Count',
  RunsStopped: 'Count',
  RecordsSubmitted: 'Count',
  RecordsSucceeded: 'Count',
  RecordsFailed: 'Count',
  RecordsMissing: 'Count',
  /** Absent if the model has no price. */
  BatchUsd: 'None',
  /** Of every recovery. */
  OpenRuns: 'Count',
  StuckRuns: 'Count',
  /** Runs that are stuck, could not be recovered or whose jobs could not be stopped. */
  RunsNotRecovered: 'Count',
  /** The wait of the job that has waited longest for the root or a slot; 0 if none waits. */
  LongestWaitMinutes: 'None',
  /** Lock owners that block other jobs and cannot be judged. */
  OwnersNotJudged: 'Count',
  /** Of every clean-up that is not a dry run. */
  CleanUps: 'Count',
  ObjectsRemoved: 'Count',
  RemovalFailures: 'Count',
} as const;

export type MetricName = keyof typeof metricUnits;
