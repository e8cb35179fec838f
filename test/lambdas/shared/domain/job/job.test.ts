import { describe, expect, it } from 'vitest';
import { bedrockStatusSchema, statusMeaning } from '../../../../../lambdas/shared/domain/job/bedrock-status.ts';
import { jobSchema } from '../../../../../lambdas/shared/domain/job/job.ts';
import { aCreateRequest, aJob } from '../../../../support/factories.ts';

describe('the ten statuses of Bedrock', () => {
  it('are five that go on and five that are ends, each end with its reason', () => {
    const ends = bedrockStatusSchema.options.filter((status) => statusMeaning[status].over);

    expect(bedrockStatusSchema.options).toHaveLength(10);
    expect(ends).toEqual(['Stopped', 'Completed', 'PartiallyCompleted', 'Expired', 'Failed']);
    for (const status of ends) expect(statusMeaning[status].reason).toMatch(/^the job /);
  });
});

describe('a job in the table', () => {
  it('is read with everything that it may have', () => {
    const job = aJob({
      batchJobArn: 'arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abcdefghijkl',
      status: 'PartiallyCompleted',
      fence: 3,
      createRequest: aCreateRequest(aJob()),
      submittedAt: '2026-11-02T09:00:00.000Z',
      counters: { total: 1, processed: 1, succeeded: 1, failed: 0 },
      failure: { error: 'JobPartiallyCompleted', reason: 'time' },
    });

    expect(jobSchema.parse(job)).toEqual(job);
  });

  it.each([
    ['a status that Bedrock does not have', { ...aJob(), status: 'Complete' }],
    ['no records', { ...aJob(), records: 0 }],
    ['a time that is none', { ...aJob(), submittedAt: 'yesterday' }],
  ])('is refused with %s', (_, job) => {
    expect(jobSchema.safeParse(job).success).toBe(false);
  });
});
