import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleClips } from '../support/clips.ts';
import { sampleImageFolder, sampleImages } from '../support/images.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { fragmentedMovie, longMovie } from '../support/video-files.ts';

/** Nobody can know how long an answer gets; the simulated ones have about 23 tokens, half of what these may have. */
const inference = { maxTokens: 46 };
const request = {
  media: { prefixes: ['proxies/', 'films/', 'stills/', 'thumbnails/'], newOnly: true },
  analyses: [
    {
      name: 'shots',
      prompt: 'List the shots of {{filename}}, each with what it shows and how it is filmed.',
      inference,
    },
    { name: 'people', prompt: 'Who is in this {{kind}}?', inference, media: ['video'] },
  ],
};
/** 20 sample clips, of mp4, mov, mkv and webm, and four films. */
const videos = 24;
const records = 2 * videos + sampleImages.length;

let stack: LocalStack;

beforeAll(async () => {
  stack = await startLocalStack({
    scenario: ({ jobName }) => (jobName.startsWith('cut-') ? { records: [{ every: 1, does: 'truncate' }] } : {}),
  });
  await stack.putClips(sampleClips.filter(({ key }) => key.startsWith('proxies/')));
  await stack.put('films/short.mp4', await longMovie(59));
  await stack.put('films/long.MP4', await longMovie(600));
  await stack.put('films/longer than is sampled.mov', await longMovie(1200));
  await stack.put('films/as it was recorded.mp4', await fragmentedMovie(45));
  for (const { key, format } of sampleImages) {
    await stack.put(key, readFileSync(join(sampleImageFolder, key)), `image/${format}`);
  }
});
afterAll(() => stack.close());

async function jobsAtBedrock(): Promise<number> {
  const { invocationJobSummaries = [] } = await stack.bedrock.send(new ListModelInvocationJobsCommand({}));
  return invocationJobSummaries.length;
}

describe('a request and its price', () => {
  it('is refused over its budget, with both numbers, before anything is there to be paid for', async () => {
    const run = await stack.run({ ...request, maxCostUsd: 0.001 }, 'too-dear');

    expect(run).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(run.cause).toMatch(
      /may cost up to \$0\.0\d+, about \$0\.0\d+ being expected, and its \\?"maxCostUsd\\?" is 0\.001/,
    );
    expect(await stack.inputs()).toEqual([]);
    expect(await jobsAtBedrock()).toBe(0);
  });

  it('is planned in a dry run, which sends and claims nothing', async () => {
    const run = await stack.run({ ...request, dryRun: true, maxCostUsd: 1 }, 'dry');
    const outcome = outcomeOf(run);

    expect(run.status).toBe('SUCCEEDED');
    expect(outcome).toMatchObject({ status: 'Planned', records: { submitted: 0 }, attempts: 0, jobCount: 0 });
    expect(outcome.skipped).toEqual({ total: 6, byReason: { 'the analysis is not for images': 6 } });
    expect(outcome.estimate).toMatchObject({
      records,
      media: { total: 30, lookedAt: 30, unknown: 0 },
      padding: { records: 100 - records },
      staging: { objects: 2 },
      jobs: { count: 1, layout: 'root', longestHours: 84 },
    });
    expect(await stack.inputs()).toEqual([]);
    expect(await jobsAtBedrock()).toBe(0);
  });

  it('sends nothing when its dry run is resumed', async () => {
    const run = await stack.run({ resume: 'dry' });

    expect(run.outcome?.records.submitted ?? 0).toBe(0);
    expect(await stack.table.listJobs('dry')).toEqual([]);
    expect(await jobsAtBedrock()).toBe(0);
  });

  it('costs what its estimate said, within 10 %, in tokens and dollars', async () => {
    const outcome = outcomeOf(await stack.run({ ...request, maxCostUsd: 1 }, 'sent'));
    const { estimate, cost } = outcome;

    expect(outcome).toMatchObject({ status: 'Succeeded', records: { submitted: records, succeeded: records } });
    const within = (actual: unknown, expected: unknown) =>
      expect(Math.abs(Number(actual) / Number(expected) - 1)).toBeLessThan(0.1);
    for (const name of ['inputTokens', 'outputTokens', 'batchUsd', 'onDemandUsd'] as const) {
      within(cost[name], estimate?.[name]);
      for (const analysis of ['shots', 'people']) {
        within(cost.byAnalysis?.[analysis]?.[name], estimate?.byAnalysis[analysis]?.[name]);
      }
    }
    expect(cost.batchUsd).toBeLessThan(Number(estimate?.atMostUsd));
    // The longest film is billed as 16 minutes, in each of its two records.
    expect(cost.inputTokens).toBeGreaterThan(2 * (960 + 600 + 59 + 45) * 288);
  });

  it('is planned as nothing once it is answered', async () => {
    const outcome = outcomeOf(await stack.run({ ...request, dryRun: true }, 'dry-again'));

    expect(outcome).toMatchObject({
      status: 'Planned',
      skipped: { byReason: { 'answered by an earlier run': records } },
    });
    expect(outcome.estimate).toBeUndefined();
    expect(await jobsAtBedrock()).toBe(1);
  });

  it('is not sent again where that might pass its budget, and says so', async () => {
    const cut = { ...request, name: 'cut', media: { prefixes: ['films/'] } };
    const dry = outcomeOf(await stack.run({ ...cut, dryRun: true }));

    const run = await stack.run({ ...cut, maxCostUsd: Number(dry.estimate?.atMostUsd) }, 'cut');

    expect(run).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
    expect(run.cause).toContain('8 of them may succeed but were not sent again');
    expect(run.cause).toContain('"maxCostUsd"');
  });
});
