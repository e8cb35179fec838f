import { ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobScenario } from '../../lib/local-aws/start.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { smallJobs } from '../support/small-jobs.ts';

const quotas = { minRecordsPerJob: 4, maxRecordsPerJob: 10 };

describe('a run of more records than one job takes', () => {
  let stack: LocalStack;

  afterEach(() => stack.close());

  async function start(scenario: (jobName: string) => JobScenario = () => ({}), maxOpenJobs = 100) {
    stack = await startLocalStack({
      ...smallJobs(quotas),
      quotas: { ...quotas, maxOpenJobs },
      scenario: ({ jobName }) => scenario(jobName),
    });
    await stack.putClips();
  }

  /** Eight clips with three analyses: 24 records. */
  const request = { media: { prefixes: ['proxies/', 'source_files/'] }, analyses: ['summary', 'chapters', 'elements'] };

  async function jobsOfBedrock() {
    const { invocationJobSummaries = [] } = await stack.bedrock.send(new ListModelInvocationJobsCommand({}));
    return invocationJobSummaries.map(({ jobName = '', submitTime, endTime }) => ({
      jobName,
      from: submitTime?.getTime() ?? 0,
      to: endTime?.getTime() ?? 0,
    }));
  }

  it('sends them at the root one job after the other, each record once', async () => {
    await start();

    const outcome = outcomeOf(await stack.run(request, 'three'));

    expect(outcome).toMatchObject({ status: 'Succeeded', jobCount: 3, attempts: 1 });
    expect(outcome.jobs.map(({ records }) => records.submitted)).toEqual([10, 10, 4]);
    const ledger = await stack.ledger('three');
    expect(new Set(ledger.map(({ key, analysis }) => `${key} ${analysis}`)).size).toBe(24);
    expect(new Set(ledger.map(({ recordId }) => recordId)).size).toBe(24);
    const inOrder = (await jobsOfBedrock()).sort((one, other) => one.from - other.from);
    expect(inOrder.map(({ jobName }) => jobName)).toEqual(outcome.jobs.map(({ jobName }) => jobName));
    for (const [at, job] of inOrder.entries()) expect(job.from).toBeGreaterThanOrEqual(inOrder[at - 1]?.to ?? 0);
  });

  it('sends staged ones at the same time', async () => {
    await start();

    const outcome = outcomeOf(await stack.run({ ...request, layout: 'staged' }));

    expect(outcome).toMatchObject({ status: 'Succeeded', jobCount: 3 });
    const jobs = await jobsOfBedrock();
    expect(Math.max(...jobs.map(({ from }) => from))).toBeLessThan(Math.min(...jobs.map(({ to }) => to)));
  });

  it('waits for a free slot of the model instead of failing', async () => {
    await start(() => ({}), 1);

    const outcome = outcomeOf(await stack.run({ ...request, layout: 'staged' }));

    expect(outcome.records).toEqual({ submitted: 24, succeeded: 24, failed: 0, missing: 0 });
    const inOrder = (await jobsOfBedrock()).sort((one, other) => one.from - other.from);
    for (const [at, job] of inOrder.entries()) expect(job.from).toBeGreaterThanOrEqual(inOrder[at - 1]?.to ?? 0);
  });

  it.each(['root', 'staged'] as const)('loses no other job to one that fails, with layout %s', async (layout) => {
    await start((jobName) => (/-2$/.test(jobName) ? { end: 'Failed', message: 'No capacity.' } : {}));

    const outcome = outcomeOf(await stack.run({ ...request, layout, retries: 0 }, 'one-fails'));

    expect(outcome).toMatchObject({ status: 'PartlySucceeded' });
    expect(outcome.records).toEqual({ submitted: 24, succeeded: 14, failed: 0, missing: 10 });
    expect(outcome.jobs.map(({ status }) => status)).toEqual(['Completed', 'Failed', 'Completed']);
    expect(await stack.ledger('one-fails')).toHaveLength(24);
  });

  it('balances the last two jobs rather than send a tail below the minimum', async () => {
    await start();

    const outcome = outcomeOf(
      await stack.run({
        media: { prefixes: ['proxies/', 'source_files/'], exclude: ['proxies/C0126*'] },
        analyses: request.analyses,
      }),
    );

    expect(outcome.records.succeeded).toBe(21);
    expect(outcome.jobs.map(({ records }) => records.submitted)).toEqual([10, 6, 5]);
    expect(outcome.jobs.map(({ paddingRecords }) => paddingRecords)).toEqual([0, 0, 0]);
  });
});
