/** A sparse index of the table: only what is open has its partition key, which has one value. */
export interface TableIndex {
  name: string;
  partitionKey: string;
  value: string;
  sortKey: string;
}

export const openJobsIndex = {
  name: 'open-jobs',
  partitionKey: 'openJob',
  value: 'open',
  sortKey: 'jobName',
} as const satisfies TableIndex;

export const openRunsIndex = {
  name: 'open-runs',
  partitionKey: 'openRun',
  value: 'open',
  sortKey: 'runId',
} as const satisfies TableIndex;
