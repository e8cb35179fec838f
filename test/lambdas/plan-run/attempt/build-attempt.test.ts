import { expect, it } from 'vitest';
import { buildAttempt } from '../../../../lambdas/plan-run/attempt/build-attempt.ts';
import { recordsList } from '../../../../lambdas/plan-run/attempt/records-list.ts';
import { recordMeter } from '../../../../lambdas/plan-run/pack/measure-record.ts';
import type { PlannedRecord } from '../../../../lambdas/shared/domain/plan/plan.ts';
import { anAnalysis, aPlannedRecord, prefixes } from '../../../support/factories.ts';
import { memoryStore } from '../../../support/memory-store.ts';

it('at the root adds its list to the bucket, and one job after the other its input and copies', async () => {
  const records = [1, 2, 3, 4].map((at) => aPlannedRecord(at, at === 3 ? { copy: true, bytes: 50_000 } : {}));
  async function* all(): AsyncGenerator<PlannedRecord> {
    yield* records;
  }
  const store = memoryStore();
  const analyses = [anAnalysis()];
  const quotas = {
    minRecordsPerJob: 1,
    maxRecordsPerJob: 2,
    maxRecordsPerFile: 2,
    maxFileBytes: 1e9,
    maxJobBytes: 1e9,
    maxOpenJobs: 1,
  };
  const context = {
    runId: 'r',
    executionArn: 'arn:r',
    startedAt: '2026-11-02T09:00:00.000Z',
    attempt: 1,
    request: { media: {} },
    label: 'Nova Lite',
    quotas,
    analyses,
    timeoutHours: 24,
    stagingBucket: 'staging-bucket',
    prefixes,
    store,
    planner: 'p',
    now: () => 0,
  };

  const list = recordsList(context);
  await list.writeAll(all());
  const attempt = buildAttempt(list, { layout: 'root', layoutReason: 'because' }, context);
  await list.complete();

  const measure = recordMeter({
    bucket: store.bucket,
    stagingBucket: 'staging-bucket',
    prefixes,
    longestJobName: `media-${'0'.repeat(10)}-1000`,
    analyses,
  });
  const secondJob = records.slice(2).reduce((sum, record) => sum + measure(record, '').inputBytes, 50_000);
  const listBytes = (await store.headObject(list.key))?.bytes ?? 0;
  expect(attempt?.jobs.map(({ recordsBytes }) => recordsBytes).reduce((sum, bytes) => sum + bytes)).toBe(listBytes);
  expect(list.addedBytes()).toBe(listBytes + secondJob);
});
