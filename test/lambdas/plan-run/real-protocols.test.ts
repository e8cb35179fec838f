import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanDependencies } from '../../../lambdas/plan-run/create-plan.ts';
import { planRun } from '../../../lambdas/plan-run/plan-run.ts';
import { claimTable } from '../../../lambdas/shared/aws/dynamodb/claim-table.ts';
import { runTable } from '../../../lambdas/shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../../../lambdas/shared/aws/s3/media-store.ts';
import { jobLedgerKey, planKey, skippedKey } from '../../../lambdas/shared/domain/keys.ts';
import { planSchema } from '../../../lambdas/shared/domain/plan/plan.ts';
import { recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { allOf } from '../../support/all-of.ts';
import { prefixes } from '../../support/factories.ts';
import { startLocalServices } from '../../support/local-services.ts';
import { memoryInspect } from '../../support/memory-inspect.ts';
import { executionOf, liteId, nightly, oneQuestion } from './planning.ts';

describe('a plan over the real protocols of S3 and DynamoDB', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let dependencies: PlanDependencies & { table: ReturnType<typeof runTable>; store: ReturnType<typeof mediaStore> };
  const odd = 'proxies/a b, é=+%20🎬.mp4';
  const execution = executionOf({ ...oneQuestion, media: { prefixes: ['proxies/'], newOnly: true } });

  beforeAll(async () => {
    services = await startLocalServices();
    const { s3, dynamodb, bucket, stagingBucket, tableName } = services;
    for (const Key of ['proxies/1.mp4', 'proxies/2.mp4', 'proxies/notes.txt', odd]) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
    }
    dependencies = {
      table: runTable(dynamodb, tableName),
      claims: claimTable(dynamodb, tableName),
      store: mediaStore(s3, bucket),
      stagingBucket,
      prefixes,
      deployedModelIds: [liteId],
      modelQuotas: { [liteId]: { minRecordsPerJob: 1, maxRecordsPerJob: 2 } },
      modelPrices: {},
      inspect: memoryInspect(),
      newId: () => crypto.randomUUID(),
      now: Date.now,
      isTimeUp: () => false,
    };
  });
  afterAll(() => services.close());

  it('is one, however many planners make it at once', async () => {
    const { store, table } = dependencies;
    const outputs = await Promise.all([1, 2, 3].map(() => planRun(execution, dependencies)));

    expect(new Set(outputs.map((output) => JSON.stringify(output))).size).toBe(1);
    const { firstAttempt, skipped } = planSchema.parse(await store.readJson(planKey(prefixes, nightly)));
    const jobs = await table.listJobs(nightly);
    expect(jobs.map(({ recordsKey, records }) => [recordsKey, records])).toEqual([
      [firstAttempt?.recordsKey, 2],
      [firstAttempt?.recordsKey, 1],
    ]);
    expect(skipped.total).toBe(1);
    expect(await allOf(store.readLines(skippedKey(prefixes, nightly)))).toHaveLength(1);
    expect(await table.listOpenRuns()).toEqual([nightly]);
  });

  it('goes on with a further attempt of what came to nothing', async () => {
    const { store, table } = dependencies;
    for (const job of await table.listJobs(nightly)) {
      const range = { offset: job.recordsOffset, bytes: job.recordsBytes };
      const ledgerKey = jobLedgerKey(prefixes, nightly, job.jobName, 'collected');
      async function* ledger() {
        let number = 0;
        for await (const line of store.readLines(job.recordsKey, range)) {
          number += 1;
          const { key, analysis } = JSON.parse(line);
          const recordId = recordIdOf(job.jobHash, number);
          yield JSON.stringify({
            recordId,
            key,
            analysis,
            outcome: 'missing',
            reason: 'expired',
            retryable: key !== 'proxies/1.mp4',
          });
        }
      }
      await store.writeLines(ledgerKey, ledger());
      const usage = {
        inputTokens: 0,
        outputTokens: 0,
        outputLines: 0,
        duplicateLines: 0,
        foreignLines: 0,
        foreignFiles: [],
      };
      const records = { submitted: job.records, succeeded: 0, failed: 0, missing: job.records };
      await table.finishJob(job, { ledgerKey, records, skipped: 0, retryable: 1, ...usage });
    }

    const { jobs } = await planRun(execution, dependencies);

    expect(jobs).toHaveLength(1);
    const job = (await table.listJobs(nightly)).at(-1);
    expect(job).toMatchObject({ attempt: 2, records: 2 });
    const lines = await allOf(store.readLines(job?.recordsKey ?? ''));
    expect(lines.map((line) => JSON.parse(line).key).sort()).toEqual(['proxies/2.mp4', odd].sort());
  });

  it('leaves a run that has ended as it is', async () => {
    const { table } = dependencies;
    await table.finishRun(nightly, { status: 'Stopped' });

    expect(await table.advanceRun(nightly, { status: 'Running', jobCount: 9 })).toBe(false);
    expect(await table.getRun(nightly)).toMatchObject({ status: 'Stopped', jobCount: 3 });
    expect(await table.advanceRun('nobody', { status: 'Running' })).toBe(false);
    expect((await planRun(execution, dependencies)).jobs).toEqual([]);
  });
});
