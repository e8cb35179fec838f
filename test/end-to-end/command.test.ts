import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import { resultsListLineSchema } from '../../lambdas/shared/domain/run/results-list.ts';
import { main } from '../../lib/cli/main.ts';
import { listedRunSchema } from '../../lib/cli/status/list-runs.ts';
import { runStateSchema } from '../../lib/cli/status/run-state.ts';
import { capturedContext } from '../lib/cli/captured-context.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';

const clips = sampleClips.filter(({ key }) => key.startsWith('proxies/')).slice(0, 3);
const request = { media: { prefixes: ['proxies/'] }, analyses: ['summary'] };
const hour = 3_600_000;
const longJobCreated = Promise.withResolvers<void>();
let stack: LocalStack;
let folder = '';
let flawedJobs = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'media-batch-command-'));
  stack = await startLocalStack({
    scenario: ({ jobName }) => {
      if (jobName.startsWith('flawed-') && flawedJobs++ === 0) {
        return { records: [{ every: 2, does: 'fail', errorCode: 400, errorMessage: 'No.', retryable: false }] };
      }
      if (!jobName.startsWith('long-')) return {};
      longJobCreated.resolve();
      return { inProgress: 60 * 3600 };
    },
  });
  await stack.putClips(clips);
  await stack.run(request, 'nightly-1');
  await stack.run({ media: { prefixes: ['nowhere/'] } }, 'refused-1');
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true });
});

/** Runs the command against the stack, at its clock's time. */
async function command(args: string[], options: Parameters<typeof capturedContext>[0] = {}) {
  const environment = { AWS_ENDPOINT_URL: stack.aws.endpoint };
  const { context, written, interrupt } = capturedContext({
    environment,
    now: () => stack.aws.clock.now(),
    ...options,
  });
  // The functions want the machine too, so a look now and then is enough.
  const exitCode = await main(args, { ...context, pause: () => setTimeout(20) });
  return { exitCode, ...written, interrupt };
}

describe('status', () => {
  it('lists the newest runs first, with what became of them', async () => {
    const { exitCode, out } = await command(['status']);
    const lines = out.trimEnd().split('\n');

    expect(exitCode).toBe(0);
    expect(lines[0]).toMatch(/^run +status +records +cost +started +took$/);
    expect(lines[1]).toMatch(/^refused-1 +Refused +0 /);
    expect(lines[2]).toMatch(/^nightly-1 +Succeeded +\d+ +\$0\.\d+ +20\d\d-\d\d-\d\d \d\d:\d\d +\d+ min/);
    expect((await command(['status', '--limit', '1'])).out.trim().split('\n')).toHaveLength(2);
  });

  it('prints the list as JSON', async () => {
    const { out } = await command(['status', '--json']);

    const [refused, succeeded] = z.array(listedRunSchema).parse(JSON.parse(out));
    expect(refused).toMatchObject({ runId: 'refused-1', status: 'Refused' });
    expect(succeeded).toMatchObject({ runId: 'nightly-1', status: 'Succeeded', records: clips.length });
    expect(succeeded?.costUsd).toBeGreaterThan(0);
  });

  it('shows how one run ended, by the beginning of its ID, and exits as its run did', async () => {
    const ended = await command(['status', 'nightly']);
    const refused = await command(['status', 'refused-1']);

    expect(ended).toMatchObject({ exitCode: 0, err: '' });
    expect(ended.out).toMatch(/^status +Succeeded$/m);
    expect(refused.exitCode).toBe(1);
    expect(refused.out).toContain('Prefix "nowhere/" of the request has no object');
  });

  it('prints how a run stands as JSON', async () => {
    const { out } = await command(['status', 'nightly-1', '--json']);

    const state = runStateSchema.parse(JSON.parse(out));
    expect(state).toMatchObject({ runId: 'nightly-1', status: 'Succeeded', jobs: [{ status: 'Completed' }] });
    expect(state.outcome?.records.succeeded).toBe(clips.length);
  });

  it.each(['status', 'results', 'stop'])('refuses a run that %s does not find, in one sentence', async (name) => {
    const { exitCode, out, err } = await command([name, 'gone']);

    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toBe(
      'error: There is no run gone in this stack, and none whose ID begins with that: see "media-batch status".\n',
    );
  });

  it('shows the end of a run that is to be watched and has ended, and says when none goes on', async () => {
    expect((await command(['status', '--watch', 'nightly-1'])).out).toMatch(/^status +Succeeded$/m);
    expect((await command(['status', '--watch'])).err).toBe('No run is active: there is nothing to watch.\n');
  });
});

describe('results', () => {
  it('says where they are', async () => {
    const { exitCode, out } = await command(['results', 'nightly-1']);

    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`^results +s3://${stack.aws.bucket}/nova/batch/results/$`, 'm'));
    expect(out).toContain('media-batch results nightly-1 --out FOLDER');
  });

  it('prints a line of JSON for each record', async () => {
    const { out } = await command(['results', 'nightly-1', '--json']);

    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => resultsListLineSchema.parse(JSON.parse(line)).key).sort()).toEqual(
      clips.map(({ key }) => key).sort(),
    );
  });

  it('downloads them with the lists', async () => {
    const { exitCode, err } = await command(['results', 'nightly-1', '--out', folder]);

    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(exitCode).toBe(0);
    expect(err).toMatch(new RegExp(`^\\d+ files in ${folder}\\n$`));
    expect(files).toEqual(expect.arrayContaining(['results.ndjson', 'results.csv', `summary/${clips[0]?.key}.json`]));
  });

  it('has none of a run that was refused, and says so without a download', async () => {
    const { exitCode, out } = await command(['results', 'refused-1', '--json']);

    expect({ exitCode, out }).toEqual({ exitCode: 0, out: '' });
  });
});

describe('run', () => {
  it('starts a run from flags alone, prints its ID and leaves it', async () => {
    const { exitCode, out } = await command(['run', '--prefix', 'proxies/', '--name', 'left', '--detach']);

    expect(exitCode).toBe(0);
    expect(out).toMatch(/^left-\S+\n$/);
    const watched = await command(['status', '--watch', out.trim(), '--json']);
    expect(outcomeSchema.parse(JSON.parse(watched.out))).toMatchObject({ runId: out.trim(), status: 'Succeeded' });
  });

  it('asks a question of its own, and ends with the outcome as one line of JSON', async () => {
    const { exitCode, out, err } = await command([
      ...['run', '--key', clips[0]?.key ?? '', '--ask', 'Is it raining?', '--ask-name', 'rain', '--json'],
    ]);

    expect(exitCode).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    expect(outcomeSchema.parse(JSON.parse(out)).cost.byAnalysis).toHaveProperty('rain');
    expect(err).toContain('plan: 1 record');
  });

  it('prints the outcome of a run that was refused as JSON too', async () => {
    const { exitCode, out } = await command(['run', '--prefix', 'nowhere/', '--json']);

    expect(exitCode).toBe(1);
    expect(outcomeSchema.parse(JSON.parse(out))).toMatchObject({ status: 'Refused' });
  });
});

describe('run --retry', () => {
  it('sends what failed once more, also where the run wanted only new ones, and has nothing to do after that', async () => {
    const ask = ['--ask', 'Once more?', '--ask-name', 'again'];
    const first = await command(['run', '--prefix', 'proxies/', '--new-only', '--name', 'flawed', '--json', ...ask]);
    const { runId, records } = outcomeSchema.parse(JSON.parse(first.out));
    const retried = await command(['run', '--retry', runId.slice(0, -2), '--json']);
    const nothing = await command(['run', '--retry', outcomeSchema.parse(JSON.parse(retried.out)).runId, '--json']);
    const misspelt = await command(['run', '--retry', 'flawless']);
    const both = await command(['run', '--retry', runId, '--prefix', 'proxies/']);

    expect(first.exitCode).toBe(2);
    expect(records).toEqual({ submitted: 3, succeeded: 2, failed: 1, missing: 0 });
    expect(retried.exitCode).toBe(0);
    expect(outcomeSchema.parse(JSON.parse(retried.out))).toMatchObject({
      ...{ status: 'Succeeded', media: 1, records: { submitted: 1, succeeded: 1 } },
    });
    expect(outcomeSchema.parse(JSON.parse(nothing.out)).status).toBe('NothingToDo');
    expect(misspelt.err).toContain('There is no run flawless in this stack');
    expect(both.err).toContain('The request has "retryOf" and "media"; a retry repeats the questions of that run');
  });
});

describe('stop', () => {
  it('does nothing to a run that has ended, and need not ask', async () => {
    const { exitCode, err } = await command(['stop', 'nightly-1']);

    expect(exitCode).toBe(0);
    expect(err).toBe('Run nightly-1 has ended already (Succeeded): there is nothing to stop.\n');
  });
});

describe('a run that goes on', () => {
  it('is stopped by a yes, a second time without harm, and watched to its end, which comes back as 3', async () => {
    const started = await command(['run', '--prefix', 'proxies/', '--name', 'long', '--detach', '--json']);
    const { runId } = z.object({ runId: z.string() }).parse(JSON.parse(started.out));
    await longJobCreated.promise;

    const open = await command(['status', runId]);
    const notYet = await command(['results', runId]);
    const nobodyToAsk = await command(['stop', runId]);
    const left = await command(['stop', runId], { isTerminal: true, stdin: 'no\n' });
    const stopped = await command(['stop', runId], { isTerminal: true, stdin: 'y\n' });
    const again = await command(['stop', runId, '--yes', '--json']);
    const [watched] = await Promise.all([command(['status', '--watch']), stack.aws.clock.sleep(2 * hour)]);

    expect(open.exitCode).toBe(0);
    expect(open.out).toMatch(/^status +Running$/m);
    expect(notYet.err).toContain(`Run ${runId} has not ended and has no results yet: watch it with`);
    expect(nobodyToAsk.exitCode).toBe(1);
    expect(nobodyToAsk.err).toBe('error: Stopping a run needs a yes, and there is no terminal to ask on: add --yes.\n');
    expect(left.exitCode).toBe(1);
    expect(left.err).toContain('The run continues.\n');
    expect(stopped.exitCode).toBe(0);
    expect(stopped.err).toContain(`Run ${runId} is stopped: its jobs at Bedrock are stopped within about half an hour`);
    expect(JSON.parse(again.out)).toMatchObject({ runId, stop: 'already-stopping' });
    expect(watched.exitCode).toBe(3);
    expect(watched.out).toMatch(/^status +Stopped$/m);
    expect((await command(['status', runId])).exitCode).toBe(3);
  });
});
