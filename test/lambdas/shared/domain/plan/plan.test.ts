import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parsePlannedRecord, plannedRecordSchema, planSchema } from '../../../../../lambdas/shared/domain/plan/plan.ts';
import { aJob, aPlan, aPlannedRecord } from '../../../../support/factories.ts';

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

  it('loses what another version has added', () => {
    expect(parsePlannedRecord(JSON.stringify({ ...record, added: 1 }))).toEqual(record);
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
