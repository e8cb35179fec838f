import { expect, it } from 'vitest';
import { plannedRecordSchema, planSchema } from '../../../lambdas/shared/plan.ts';
import { aJob, aPlan, aPlannedRecord } from '../../support/factories.ts';

it('reads a plan back exactly as it was written', () => {
  const plan = aPlan(aJob());

  expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
});

it('reads a plan and records that a later version wrote, with fields that this one does not know', () => {
  const later = { ...aPlan(aJob()), priority: 'high', request: { ...aPlan(aJob()).request, budget: 5 } };

  expect(planSchema.parse(later)).toMatchObject({ ...aPlan(aJob()), request: { budget: 5 } });
  const [analysis] = later.analyses;
  const analyses = [{ ...analysis, tone: 'dry', inference: { ...analysis?.inference, topK: 3 } }];
  expect(planSchema.parse({ ...later, analyses }).analyses).toEqual([
    { ...analysis, inference: { ...analysis?.inference, topK: 3 } },
  ]);
  expect(plannedRecordSchema.parse({ ...aPlannedRecord(1), pixels: 1 })).toEqual(aPlannedRecord(1));
});

it.each([
  ['a layout that is none', { ...aPlan(aJob()), firstRound: { ...aPlan(aJob()).firstRound, layout: 'flat' } }],
  ['a round without jobs', { ...aPlan(aJob()), firstRound: { ...aPlan(aJob()).firstRound, jobs: [] } }],
  ['no start', { ...aPlan(aJob()), startedAt: undefined }],
])('refuses a plan with %s', (_, plan) => {
  expect(planSchema.safeParse(plan).success).toBe(false);
});

it('refuses a record without an ETag', () => {
  expect(plannedRecordSchema.safeParse({ ...aPlannedRecord(1), etag: undefined }).success).toBe(false);
});
