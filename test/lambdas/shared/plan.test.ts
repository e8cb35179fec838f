import { expect, it } from 'vitest';
import { plannedRecordSchema, planSchema } from '../../../lambdas/shared/plan.ts';
import { aJob, aPlan, aPlannedRecord } from '../../support/factories.ts';

it('reads a plan back exactly as it was written', () => {
  const plan = aPlan(aJob());

  expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
});

it.each([
  ['a field of another version', { ...aPlan(aJob()), rounds: 2 }],
  ['a layout that is not built', { ...aPlan(aJob()), layout: 'staged' }],
  ['no media', { ...aPlan(aJob()), media: 0 }],
])('refuses a plan with %s', (_, plan) => {
  expect(planSchema.safeParse(plan).success).toBe(false);
});

it.each([
  ['without an ETag', { ...aPlannedRecord(1), etag: undefined }],
  ['with a field of another version', { ...aPlannedRecord(1), size: 1 }],
])('refuses a manifest line %s', (_, record) => {
  expect(plannedRecordSchema.safeParse(record).success).toBe(false);
});
