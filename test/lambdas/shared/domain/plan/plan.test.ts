import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parsePlannedRecord, plannedRecordSchema, planSchema } from '../../../../../lambdas/shared/domain/plan/plan.ts';
import { aJob, aPlan, aPlannedRecord } from '../../../../support/factories.ts';

it('reads a plan back exactly as it was written', () => {
  const plan = aPlan(aJob());

  expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
});

it.each([
  ['a layout that is none', { ...aPlan(aJob()), firstAttempt: { ...aPlan(aJob()).firstAttempt, layout: 'flat' } }],
  ['an attempt without jobs', { ...aPlan(aJob()), firstAttempt: { ...aPlan(aJob()).firstAttempt, jobs: [] } }],
  ['no start', { ...aPlan(aJob()), startedAt: undefined }],
])('refuses a plan with %s', (_, plan) => {
  expect(planSchema.safeParse(plan).success).toBe(false);
});

it('refuses a record without an ETag', () => {
  expect(plannedRecordSchema.safeParse({ ...aPlannedRecord(1), etag: undefined }).success).toBe(false);
});

describe('a line of the list of records', () => {
  const record = { key: 'a.mp4', etag: 'e', bytes: 5, analysis: 'summary' };

  it.each([
    ['with the four fields that each has', record],
    ['with fields that few have', { ...record, copy: true, columns: { shot: '1' } }],
  ])('%s is read as it was written', (_, value) => {
    expect(parsePlannedRecord(JSON.stringify(value))).toEqual(value);
  });

  it.each([
    ['null', null],
    ['without a key', { etag: 'e', bytes: 5, analysis: 'summary', added: 1 }],
    ['with a number for a name', { ...record, analysis: 1 }],
    ['with less than no bytes', { ...record, bytes: -1 }],
    ['with half a byte', { ...record, bytes: 0.5 }],
    ['with a wrong field that few have', { ...record, copy: 'yes' }],
  ])('is refused %s', (_, value) => {
    expect(() => parsePlannedRecord(JSON.stringify(value))).toThrow(z.ZodError);
  });
});
