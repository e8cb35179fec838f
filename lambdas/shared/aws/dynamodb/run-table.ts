import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { formatVersion } from '../../domain/format-version.ts';
import type { Collected, Prepared } from '../../domain/job/collected.ts';
import type { CreateRequest } from '../../domain/job/create-request.ts';
import { type Job, jobSchema } from '../../domain/job/job.ts';
import type { BedrockState, CreatedJob, RunTable } from '../../domain/ports/run-table.ts';
import { type Run, runSchema } from '../../domain/run/run.ts';
import { type JobReference, jobReferenceSchema } from '../../domain/state.ts';
import { openJobsIndex, openRunsIndex, type TableIndex } from '../../domain/table-indexes.ts';
import { lockVerbs } from './lock-items.ts';
import { isNew, tableItems } from './table-items.ts';

const runKey = (runId: string) => ({ pk: `RUN#${runId}`, sk: 'RUN' });
const jobKey = ({ runId, jobName }: JobReference) => ({ pk: `RUN#${runId}`, sk: `JOB#${jobName}` });

/** Bedrock has not created the job and settling has not begun: only then may it be prepared and sent. */
const isUnmade = 'phase = :open AND attribute_not_exists(batchJobArn)';

/** Runs, jobs and locks in the table; every change is one conditional write. */
export function runTable(client: DynamoDBClient, tableName: string): RunTable {
  const items = tableItems(client, tableName);
  const { documents, checked, read, put, change, update, updateIf, setOnce } = items;

  return {
    async getRun(runId: string): Promise<Run | undefined> {
      const item = await read(runKey(runId));
      return item && runSchema.parse(item);
    },

    createRun: (run: Run): Promise<boolean> =>
      put({ ...runKey(run.runId), ...run, openRun: openRunsIndex.value }, isNew),

    updateRun: (runId: string, fields: Partial<Run>): Promise<void> => update(runKey(runId), fields),

    advanceRun: (runId: string, fields: Partial<Run>): Promise<boolean> =>
      updateIf(runKey(runId), fields, [], 'attribute_exists(openRun)'),

    finishRun: (runId: string, end: Pick<Run, 'status' | 'reason' | 'expiresAt'>): Promise<void> =>
      update(runKey(runId), end, ['openRun']),

    addExecution: (runId: string, known: number, executionArn: string): Promise<boolean> =>
      change(runKey(runId), {
        UpdateExpression: 'SET executionArns = list_append(executionArns, :arns)',
        ConditionExpression: 'size(executionArns) = :known',
        ExpressionAttributeValues: { ':arns': [executionArn], ':known': known },
      }),

    listOpenRuns: (): Promise<string[]> => listOpen(openRunsIndex, ({ runId }) => z.string().parse(runId)),

    async getJob(reference: JobReference): Promise<Job> {
      const item = await read(jobKey(reference));
      if (item === undefined) {
        throw new TypeError(
          `Run ${reference.runId} has no job ${reference.jobName} in the table, although its plan has.`,
        );
      }
      return jobSchema.parse(item);
    },

    async findJob(reference: JobReference): Promise<Job | undefined> {
      const item = await read(jobKey(reference));
      return item && jobSchema.parse(item);
    },

    createJob: (job: Job): Promise<boolean> => put({ ...jobKey(job), ...job, openJob: openJobsIndex.value }, isNew),

    updateJob: (reference: JobReference, fields: Partial<Job>): Promise<void> => update(jobKey(reference), fields),

    updateUnmadeJob: (reference: JobReference, fields: Partial<Job>, remove: readonly (keyof Job)[] = []) =>
      updateIf(jobKey(reference), fields, remove, isUnmade, { ':open': 'open' }),

    async endTurn(reference: JobReference, turn: string, lost: Job['preparing']): Promise<void> {
      await change(jobKey(reference), {
        UpdateExpression: lost ? 'SET preparing = :lost' : 'REMOVE preparing',
        ConditionExpression: 'preparing.turn = :turn',
        ExpressionAttributeValues: { ':turn': turn, ...(lost && { ':lost': lost }) },
      });
    },

    async beginSettling(reference: JobReference, failure?: Job['failure']): Promise<void> {
      await change(jobKey(reference), {
        UpdateExpression: `SET phase = :settling${failure ? ', failure = if_not_exists(failure, :failure)' : ''}`,
        // A job of another format stays as it is; the next read refuses it.
        ConditionExpression: 'phase <> :closed AND formatVersion = :formatVersion',
        ExpressionAttributeValues: {
          ':formatVersion': formatVersion,
          ':settling': 'settling',
          ':closed': 'closed',
          ...(failure && { ':failure': failure }),
        },
      });
    },

    recordBedrockState: (reference: JobReference, seen: BedrockState): Promise<boolean> =>
      updateIf(jobKey(reference), seen, [], 'phase <> :closed AND attribute_not_exists(endedAt)', {
        ':closed': 'closed',
      }),

    setPrepared: (reference: JobReference, prepared: Prepared): Promise<boolean> =>
      setOnce(jobKey(reference), 'prepared', { prepared, paddingRecords: prepared.paddingRecords }),

    setCreateRequest: (reference: JobReference, createRequest: CreateRequest): Promise<boolean> =>
      setOnce(jobKey(reference), 'createRequest', { createRequest }),

    setCreated: (reference: JobReference, created: CreatedJob): Promise<boolean> =>
      setOnce(jobKey(reference), 'batchJobArn', { ...created, status: 'Submitted' }, ['waiting']),

    closeJob: (reference: JobReference): Promise<void> => update(jobKey(reference), { phase: 'closed' }),

    finishJob: (reference: JobReference, collected: Collected): Promise<boolean> =>
      setOnce(jobKey(reference), 'collected', { collected }, ['openJob']),

    setFence: ({ runId, jobName }: JobReference, fence: number, executionArn: string): Promise<boolean> =>
      change(jobKey({ runId, jobName }), {
        UpdateExpression: 'SET fence = :fence, executionArn = :executionArn',
        ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(fence) OR fence <= :fence)',
        ExpressionAttributeValues: { ':fence': fence, ':executionArn': executionArn },
      }),

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
        for (const item of page.Items ?? []) jobs.push(jobSchema.parse(checked(item)));
      }
      return jobs.sort((one, other) => one.attempt - other.attempt || one.number - other.number);
    },

    listOpenJobs: (): Promise<JobReference[]> =>
      listOpen(openJobsIndex, ({ runId, jobName }) => jobReferenceSchema.parse({ runId, jobName })),

    ...lockVerbs(items),
  };

  async function listOpen<T>(
    { name, partitionKey, value }: TableIndex,
    readItem: (item: Record<string, unknown>) => T,
  ): Promise<T[]> {
    const found: T[] = [];
    const query = { TableName: tableName, IndexName: name, KeyConditionExpression: '#key = :value' };
    const names = {
      ExpressionAttributeNames: { '#key': partitionKey },
      ExpressionAttributeValues: { ':value': value },
    };
    for await (const page of paginateQuery({ client: documents }, { ...query, ...names })) {
      for (const item of page.Items ?? []) found.push(readItem(item));
    }
    return found;
  }
}
