import { describe, expect, it } from 'vitest';
import { planFor } from '../../../lib/verify-aws/plan.ts';
import { announcement, priceOf } from '../../../lib/verify-aws/price.ts';
import { questions } from '../../../lib/verify-aws/questions/all.ts';

const plan = planFor('us-east-1', { folderGb: 6 });
const only = (...numbers: number[]) => questions.filter(({ number }) => numbers.includes(number));

describe('the price', () => {
  it('of everything is some cents, for as many jobs as may be created', () => {
    const price = priceOf(questions, plan);

    expect(price).toMatchObject({ jobs: 12, records: 100 + 3_000 + 200 + 200 + 300 + 100 + 99 });
    expect(price.usd).toBeGreaterThan(0.05);
    expect(price.usd).toBeLessThan(0.15);
  });

  it('counts a job of two questions once', () => {
    expect(priceOf(only(1), plan).jobs).toBe(3);
    expect(priceOf(only(1, 6), plan).jobs).toBe(4);
  });

  it('grows with the folder, which is at least as large as asked, and with a clip of unknown length', () => {
    const large = priceOf(only(3), planFor('us-east-1', { folderGb: 90 }));
    const ownClip = planFor('us-east-1', { folderGb: 6, media: import.meta.filename });

    expect(priceOf(only(3), plan).bytes).toBeGreaterThanOrEqual(6e9);
    expect(large.usd).toBeGreaterThan(priceOf(only(3), plan).usd + 0.1);
    expect(priceOf(only(5), ownClip).usd).toBeGreaterThan(priceOf(only(5), plan).usd + 0.2);
    expect(priceOf(only(2), plan).bytes).toBe(0);
  });

  it('is announced with what is created, and is nothing on this machine', () => {
    const text = announcement(questions, plan, undefined);

    expect(text).toMatch(
      /^In us-east-1 this creates the stack MediaBatchVerify and up to 12 batch jobs of 3999 records/,
    );
    expect(text).toMatch(/ and 6 GB in S3, for us\.amazon\.nova-lite-v1:0, .+ at most \$0\.\d\d at/);
    expect(announcement(questions, plan, 'The local AWS')).toContain('It costs nothing');
  });

  it.each([
    ['eu-central-1', ['eu.amazon.nova-lite-v1:0', 'eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-2-lite-v1:0']],
    ['ap-south-1', ['apac.amazon.nova-lite-v1:0', 'apac.amazon.nova-pro-v1:0', 'global.amazon.nova-2-lite-v1:0']],
  ])('is for the models that %s offers, each once', (region, expected) => {
    expect(planFor(region, { folderGb: 6 }).models.map(({ id }) => id)).toEqual(expected);
  });

  it('is for the chosen model first, in the chosen form', () => {
    const { models } = planFor('us-east-1', { folderGb: 6, model: 'amazon.nova-pro-v1:0' });

    expect(models.map(({ id }) => id)).toEqual([
      'amazon.nova-pro-v1:0',
      'us.amazon.nova-lite-v1:0',
      'us.amazon.nova-2-lite-v1:0',
    ]);
  });
});
