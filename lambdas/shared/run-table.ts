import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Job, jobSchema } from './jobs.ts';
import { type Lease, leaseSchema } from './lease.ts';
import { type Run, runSchema } from './runs.ts';
import { type JobReference, jobReferenceSchema } from './state.ts';
import { updateOf } from './update-expression.ts';

/** Name of the sparse index of open jobs and the one value of its partition key. */
export const openJobsIndex = { name: 'open-jobs', value: 'open' } as const;

const runKey = (runId: string) => ({ pk: `RUN#${runId}`, sk: 'RUN' });
const jobKey = ({ runId, jobName }: JobReference) => ({ pk: `RUN#${runId}`, sk: `JOB#${jobName}` });
const leaseKey = (bucket: string) => ({ pk: `LEASE#${bucket}`, sk: 'LEASE' });

/** The verbs that the steps use on the table. */
export type RunTable = ReturnType<typeof runTable>;

/** The table, through a client; every change is one conditional write. */
export function runTable(client: DynamoDBClient, tableName: string) {
  const table = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  async function read(key: { pk: string; sk: string }): Promise<Record<string, unknown> | undefined> {
    const { Item } = await table.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    return Item === undefined ? undefined : withoutKeys(Item);
  }

  async function update(key: { pk: string; sk: string }, set: object, remove: readonly string[] = []): Promise<void> {
    await table.send(new UpdateCommand({ TableName: tableName, Key: key, ...updateOf(set, remove) }));
  }

  return {
    async getRun(runId: string): Promise<Run | undefined> {
      const item = await read(runKey(runId));
      return item && runSchema.parse(item);
    },

    /** Writes a new run down; false where a run of this name exists. */
    createRun: (run: Run): Promise<boolean> =>
      succeeds(
        new PutCommand({
          TableName: tableName,
          Item: { ...runKey(run.runId), ...run },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),

    updateRun: (runId: string, fields: Partial<Run>): Promise<void> => update(runKey(runId), fields),

    /**
     * The job of a reference.
     *
     * @throws when the table has none
     */
    async getJob(reference: JobReference): Promise<Job> {
      const item = await read(jobKey(reference));
      if (item === undefined) {
        throw new TypeError(
          `Run ${reference.runId} has no job ${reference.jobName} in the table, expected the plan's.`,
        );
      }
      return jobSchema.parse(item);
    },

    /** The job of a reference, or undefined where the table has none. */
    async findJob(reference: JobReference): Promise<Job | undefined> {
      const item = await read(jobKey(reference));
      return item && jobSchema.parse(item);
    },

    /** Writes a planned job down, unless the job went on from there already. */
    createJob: (job: Job): Promise<boolean> =>
      succeeds(
        new PutCommand({
          TableName: tableName,
          Item: { ...jobKey(job), ...job, openJob: openJobsIndex.value },
          ConditionExpression: 'attribute_not_exists(pk) OR #status = :planned',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':planned': 'Planned' },
        }),
      ),

    updateJob: (reference: JobReference, fields: Partial<Job>): Promise<void> => update(jobKey(reference), fields),

    /** Marks a job as closed: its input is removed and its lease released. */
    closeJob: (reference: JobReference): Promise<void> => update(jobKey(reference), { closed: true }),

    /** Writes down what became of a job's records, and takes it out of the index of open jobs. */
    finishJob: (reference: JobReference, collected: NonNullable<Job['collected']>): Promise<void> =>
      update(jobKey(reference), { collected }, ['openJob']),

    /** Gives a job the fencing number of its lease; false where a later one is known, so that this execution is a late one. */
    setFence: ({ runId, jobName }: JobReference, fence: number, executionArn: string): Promise<boolean> =>
      succeeds(
        new UpdateCommand({
          TableName: tableName,
          Key: jobKey({ runId, jobName }),
          UpdateExpression: 'SET fence = :fence, executionArn = :executionArn',
          ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(fence) OR fence <= :fence)',
          ExpressionAttributeValues: { ':fence': fence, ':executionArn': executionArn },
        }),
      ),

    /** All jobs of a run, in the order of their names. */
    async listJobs(runId: string): Promise<Job[]> {
      const jobs: Job[] = [];
      const pages = paginateQuery(
        { client: table },
        {
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :job)',
          ExpressionAttributeValues: { ':pk': `RUN#${runId}`, ':job': 'JOB#' },
        },
      );
      for await (const page of pages) {
        for (const item of page.Items ?? []) jobs.push(jobSchema.parse(withoutKeys(item)));
      }
      return jobs;
    },

    /** Every job whose results are not collected, of all runs, from the sparse index (which lags a moment behind). */
    async listOpenJobs(): Promise<JobReference[]> {
      const references: JobReference[] = [];
      const pages = paginateQuery(
        { client: table },
        {
          TableName: tableName,
          IndexName: openJobsIndex.name,
          KeyConditionExpression: 'openJob = :open',
          ExpressionAttributeValues: { ':open': openJobsIndex.value },
        },
      );
      for await (const page of pages) {
        for (const item of page.Items ?? [])
          references.push(jobReferenceSchema.parse({ runId: item.runId, jobName: item.jobName }));
      }
      return references;
    },

    async getLease(bucket: string): Promise<Lease | undefined> {
      const item = await read(leaseKey(bucket));
      return item && leaseSchema.parse(item);
    },

    /** Replaces the lease if nobody changed it since `previous` was read; false where somebody did. */
    replaceLease: (previous: Lease | undefined, next: Lease): Promise<boolean> =>
      succeeds(
        new PutCommand({
          TableName: tableName,
          Item: { ...leaseKey(next.bucket), ...next },
          ...(previous === undefined
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : {
                ConditionExpression: '#version = :version',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':version': previous.version },
              }),
        }),
      ),
  };

  async function succeeds(command: PutCommand | UpdateCommand): Promise<boolean> {
    try {
      await (command instanceof PutCommand ? table.send(command) : table.send(command));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function withoutKeys(item: Record<string, unknown>): Record<string, unknown> {
  const { pk: _pk, sk: _sk, openJob: _openJob, expiresAt: _expiresAt, ...fields } = item;
  return fields;
}
