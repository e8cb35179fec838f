import { expect, it } from 'vitest';
import { stagingOf } from '../../../../lambdas/plan-run/pack/staging-cost.ts';

it('costs a request for each copy, and its storage for as long as a job may take', () => {
  const jobs = [{ copies: { objects: 600, bytes: 40e9 } }, { copies: { objects: 400, bytes: 60e9 } }];

  const staging = stagingOf(jobs, 72);

  // 1,000 copies at $0.005 per 1,000, and 100 GB at $0.023 a month for 3 days of 30.
  expect(staging).toEqual({ objects: 1000, bytes: 100e9, usd: expect.closeTo(0.005 + 0.23, 10) });
});

it('is nothing where nothing is copied', () => {
  expect(stagingOf([{ copies: { objects: 0, bytes: 0 } }], 168)).toEqual({ objects: 0, bytes: 0, usd: 0 });
});
