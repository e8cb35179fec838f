import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import {
  type Collected,
  type CreateRequest,
  type Job,
  type JobFacts,
  jobFactsSchema,
  jobSchema,
  type Prepared,
} from '../../domain/job/job.ts';
import { type Run, runSchema } from '../../domain/run/run.ts';
import { type JobReference, jobReferenceSchema } from '../../domain/state.ts';
import { lockVerbs } from './lock-items.ts';
import { isNew, tableItems } from './table-items.ts';

/** The sparse indexes of open jobs and open runs, each with the one value of its partition key. */
export const openJobsIndex = { name: 'open-jobs', value: 'open' } as const;
export const openRunsIndex = { name: 'open-runs', value: 'open' } as const;

const runKey = (runId: string) => ({ pk: `RUN#${runId}`, sk: 'RUN' });
const jobKey = ({ runId, jobName }: JobReference) => ({ pk: `RUN#${runId}`, sk: `JOB#${jobName}` });

/** The verbs that the steps use on the table. */
export type RunTable = ReturnType<typeof runTable>;

/** Set while Bedrock has not made the job and `Settle job` has not begun: only then may anything be prepared or sent. */
const isUnmade = 'closed = :closed AND attribute_not_exists(settling) AND attribute_not_exists(batchJobArn)';

/** What Bedrock says of a job. */
type BedrockState = Pick<Job, 'status' | 'history' | 'counters' | 'failure' | 'endedAt' | 'batchJobArn'>;

/** A job that Bedrock has made. */
type CreatedJob = Pick<Job, 'history'> & { batchJobArn: string; submittedAt: string };

/** The table, through a client; every change is one conditional write. */
export function runTable(client: DynamoDBClient, tableName: string) {
  const items = tableItems(client, tableName);
  const { documents, read, put, change, update, updateIf, setOnce } = items;

  return {
    async getRun(runId: string): Promise<Run | undefined> {
      const item = await read(runKey(runId));
      return item && runSchema.parse(item);
    },

    /** Writes a new run down, among the open ones; false where a run of this name exists. */
    createRun: (run: Run): Promise<boolean> =>
      put({ ...runKey(run.runId), ...run, openRun: openRunsIndex.value }, isNew),

    updateRun: (runId: string, fields: Partial<Run>): Promise<void> => update(runKey(runId), fields),

    /** Writes down how an open run goes on; false where it has ended meanwhile, and stays so. */
    advanceRun: (runId: string, fields: Partial<Run>): Promise<boolean> =>
      updateIf(runKey(runId), fields, [], 'attribute_exists(openRun)'),

    /** Writes down how a run ended, and takes it out of the index of open runs. */
    finishRun: (runId: string, end: Pick<Run, 'status' | 'reason' | 'expiresAt'>): Promise<void> =>
      update(runKey(runId), end, ['openRun']),

    /** Adds an execution to a run that has `known` of them; false where another was added meanwhile. */
    addExecution: (runId: string, known: number, executionArn: string): Promise<boolean> =>
      change(runKey(runId), {
        UpdateExpression: 'SET executionArns = list_append(executionArns, :arns)',
        ConditionExpression: 'size(executionArns) = :known',
        ExpressionAttributeValues: { ':arns': [executionArn], ':known': known },
      }),

    /** Every run that has not ended, from the sparse index (which lags a moment behind). */
    listOpenRuns: (): Promise<string[]> =>
      listOpen(openRunsIndex.name, 'openRun', openRunsIndex.value, ({ runId }) => z.string().parse(runId)),

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

    /** What any version can read of a job, or undefined where the table has none. */
    async findJob(reference: JobReference): Promise<JobFacts | undefined> {
      const item = await read(jobKey(reference));
      return item && jobFactsSchema.parse(item);
    },

    /** Writes a planned job down; false where it is there already. */
    createJob: (job: Job): Promise<boolean> => put({ ...jobKey(job), ...job, openJob: openJobsIndex.value }, isNew),

    updateJob: (reference: JobReference, fields: Partial<Job>): Promise<void> => update(jobKey(reference), fields),

    /** Updates a job that may still be prepared and sent; false where Bedrock has it or `Settle job` has begun. */
    updateUnmadeJob: (reference: JobReference, fields: Partial<Job>, remove: readonly (keyof Job)[] = []) =>
      updateIf(jobKey(reference), fields, remove, isUnmade, { ':closed': false }),

    /** Ends a turn of `Prepare job`, behind which a `lost` one may still be at work; one that another came after is left. */
    async endTurn(reference: JobReference, turn: string, lost: Job['preparing']): Promise<void> {
      await change(jobKey(reference), {
        UpdateExpression: lost ? 'SET preparing = :lost' : 'REMOVE preparing',
        ConditionExpression: 'preparing.turn = :turn',
        ExpressionAttributeValues: { ':turn': turn, ...(lost && { ':lost': lost }) },
      });
    },

    /** Closes the door to whoever still prepares or sends the job, with the failure that led there unless one is known. */
    async beginSettling(reference: JobReference, failure?: Job['failure']): Promise<void> {
      await change(jobKey(reference), {
        UpdateExpression: `SET settling = :settling${failure ? ', failure = if_not_exists(failure, :failure)' : ''}`,
        ConditionExpression: 'closed = :closed',
        ExpressionAttributeValues: { ':settling': true, ':closed': false, ...(failure && { ':failure': failure }) },
      });
    },

    /** Writes down how Bedrock's job stands; false, and no change, once its end is written down. */
    recordBedrockState: (reference: JobReference, seen: BedrockState): Promise<boolean> =>
      updateIf(jobKey(reference), seen, [], 'closed = :closed AND attribute_not_exists(endedAt)', { ':closed': false }),

    /** Writes down which records of a job are sent; false where that was decided before, and stays. */
    setPrepared: (reference: JobReference, prepared: Prepared): Promise<boolean> =>
      setOnce(jobKey(reference), 'prepared', { prepared, paddingRecords: prepared.paddingRecords }),

    /** Writes the Create request down before it is sent; false where one is written down, and stays. */
    setCreateRequest: (reference: JobReference, createRequest: CreateRequest): Promise<boolean> =>
      setOnce(jobKey(reference), 'createRequest', { createRequest }),

    /** Writes down that Bedrock made the job; false where that is known, and the job may have gone on since. */
    setCreated: (reference: JobReference, created: CreatedJob): Promise<boolean> =>
      setOnce(jobKey(reference), 'batchJobArn', { ...created, status: 'Submitted' }, ['waiting']),

    /** Marks a job as closed: input and copies are removed and its lock is released. */
    closeJob: (reference: JobReference): Promise<void> => update(jobKey(reference), { closed: true }),

    /** Writes down what became of a job's records, out of the index of open jobs; false where that is written, and stays. */
    finishJob: (reference: JobReference, collected: Collected): Promise<boolean> =>
      setOnce(jobKey(reference), 'collected', { collected }, ['openJob']),

    /** Gives a job the fencing number of its lock; false where a later one is known, so that this execution is a late one. */
    setFence: ({ runId, jobName }: JobReference, fence: number, executionArn: string): Promise<boolean> =>
      change(jobKey({ runId, jobName }), {
        UpdateExpression: 'SET fence = :fence, executionArn = :executionArn',
        ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(fence) OR fence <= :fence)',
        ExpressionAttributeValues: { ':fence': fence, ':executionArn': executionArn },
      }),

    /** All jobs of a run, in the order of its attempts and of the jobs in them. */
    async listJobs(runId: string): Promise<Job[]> {
      const jobs: Job[] = [];
      const pages = paginateQuery(
        { client: documents },
        {
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :job)',
          ExpressionAttributeValues: { ':pk': `RUN#${runId}`, ':job': 'JOB#' },
        },
      );
      for await (const page of pages) {
        for (const item of page.Items ?? []) jobs.push(jobSchema.parse(item));
      }
      return jobs.sort((one, other) => one.attempt - other.attempt || one.number - other.number);
    },

    /** Every job whose results are not collected, of all runs, from the sparse index (which lags a moment behind). */
    listOpenJobs: (): Promise<JobReference[]> =>
      listOpen(openJobsIndex.name, 'openJob', openJobsIndex.value, ({ runId, jobName }) =>
        jobReferenceSchema.parse({ runId, jobName }),
      ),

    ...lockVerbs(items),
  };

  async function listOpen<T>(
    indexName: string,
    name: string,
    value: string,
    readItem: (item: Record<string, unknown>) => T,
  ): Promise<T[]> {
    const found: T[] = [];
    const query = { TableName: tableName, IndexName: indexName, KeyConditionExpression: '#name = :value' };
    const names = { ExpressionAttributeNames: { '#name': name }, ExpressionAttributeValues: { ':value': value } };
    for await (const page of paginateQuery({ client: documents }, { ...query, ...names })) {
      for (const item of page.Items ?? []) found.push(readItem(item));
    }
    return found;
  }
}
