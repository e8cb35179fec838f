import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { GetModelInvocationJobCommand, ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { Template } from 'aws-cdk-lib/assertions';
import pMap from 'p-map';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recoverRunsOutputSchema } from '../../lambdas/recover-runs/recover-runs.ts';
import { executionArnOf } from '../../lambdas/shared/aws/step-functions.ts';
import { resultSchema } from '../../lambdas/shared/domain/record/result.ts';
import type { MediaBatchRequest } from '../../lambdas/shared/domain/request/request.ts';
import { outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import type { Intercept } from '../../lib/local-aws/endpoint.ts';
import { MediaBatchStack } from '../../lib/stack/media-batch-stack.ts';
import { readSettings } from '../../lib/stack/settings/settings.ts';
import { appWith, resourcesOf } from '../lib/stack/stack-template.ts';
import { byRun, type ScenariosByRun } from '../support/by-run.ts';
import { sampleClips, sampleMediaFolder } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { smallJobs } from '../support/small-jobs.ts';

// Each sentence names a bug that other systems for batch jobs have had, and that must not come here.

const minute = 60_000;
const quotas = { minRecordsPerJob: 4, maxRecordsPerJob: 8, maxJobBytes: 2_000_000 };
const clips = sampleClips.filter(({ bytes }) => bytes < 5_000).map(({ key }) => key);
const someClips = clips.slice(0, quotas.minRecordsPerJob);
const schema = { type: 'object', properties: { title: { type: 'string' } } };
const titles = [{ name: 'title', prompt: 'What is its title?', schema }];

const scenarios: ScenariosByRun = {
  cut: ({ attempt }) => (attempt === 1 ? { records: [{ every: 2, does: 'truncate' }] } : {}),
  crashed: () => ({ inProgress: 20 * 3600 }),
  'two-days': () => ({ inProgress: 48 * 3600 }),
};

const answerSchema = z.looseObject({
  output: z.object({ message: z.looseObject({ content: z.array(z.object({ text: z.string() })) }) }),
  usage: z.json(),
});
const outputLineSchema = z.looseObject({
  recordId: z.string(),
  modelInput: z.json(),
  modelOutput: answerSchema,
});

const isCreate = ({ method, url }: IncomingMessage) => method === 'POST' && url === '/model-invocation-job';
const passThrough: Intercept = ({ http }, serve) => serve(http);
/** Neither the tests' request nor one of Bedrock's own. */
const isOfFunction = ({ headers }: IncomingMessage) =>
  !headers.authorization?.includes('Credential=tester/') && !headers['user-agent']?.includes('app/batch-job-');

describe('a run', () => {
  let stack: LocalStack;
  let intercept = passThrough;

  beforeAll(async () => {
    stack = await startLocalStack({
      // Days pass here, with a hundred recoveries each.
      ...smallJobs(quotas),
      scenario: byRun(scenarios),
      intercept: (request, serve) => intercept(request, serve),
    });
    await stack.putClips(sampleClips.filter(({ key }) => clips.includes(key)));
  });
  afterEach(() => {
    intercept = passThrough;
  });
  afterAll(() => stack.close());

  const requestOf = (name: string, more: Partial<MediaBatchRequest> = {}) => ({
    ...{ name, media: { keys: someClips }, retries: 0 },
    ...more,
  });
  const run = (name: string, more?: Partial<MediaBatchRequest>) => stack.run(requestOf(name, more), name);
  const outcomeInBucket = (name: string) => stack.readJson(`nova/batch/runs/${name}/outcome.json`, outcomeSchema);

  async function jobsOf(name: string) {
    const { invocationJobSummaries } = await stack.bedrock.send(
      new ListModelInvocationJobsCommand({ nameContains: `${name}-` }),
    );
    return invocationJobSummaries ?? [];
  }

  async function outputKeysOf(name: string): Promise<string[]> {
    return (await stack.keys(`nova/batch/output/${name}-`)).filter((key) => key.endsWith('.jsonl.out'));
  }

  /** Rewrites what a run's job has answered before any function sees it. */
  function rewriteAnswers(name: string, textOf: (text: string) => string, tokens?: number): void {
    let isRewritten = false;
    intercept = async ({ http }, serve) => {
      if (!isRewritten && isOfFunction(http) && http.url?.includes(encodeURIComponent(`output/${name}-`))) {
        isRewritten = true;
        for (const key of await outputKeysOf(name)) {
          const lines = (await stack.readLines(key, outputLineSchema)).map(({ modelOutput, ...line }) => {
            const content = modelOutput.output.message.content.map(({ text }) => ({ text: textOf(text) }));
            const usage = tokens === undefined ? modelOutput.usage : { inputTokens: tokens, outputTokens: tokens };
            return JSON.stringify({
              ...line,
              modelOutput: { ...modelOutput, output: { message: { content } }, usage },
            });
          });
          await stack.put(key, lines.join('\n'), 'application/json');
        }
      }
      await serve(http);
    };
  }

  it('names no file as the input of a job whose media lie elsewhere: every record would be a 400, hours later', async () => {
    const folders = new Set(clips.map((key) => key.slice(0, key.indexOf('/'))));

    const outcome = outcomeOf(await run('file-input', { media: { prefixes: [...folders] } }));

    expect([...folders].sort()).toEqual(['proxies', 'source_files']);
    expect(outcome.records).toMatchObject({ submitted: clips.length, succeeded: clips.length });
    for (const { jobArn } of await jobsOf('file-input')) {
      const job = await stack.bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobArn }));
      expect(job.inputDataConfig?.s3InputDataConfig?.s3Uri).toBe(`s3://${stack.aws.bucket}/`);
    }
  });

  it('gives Bedrock no root that has grown past the quota of a job: its validation would fail', async () => {
    await stack.put('films/large.bin', new Uint8Array(quotas.maxJobBytes), 'application/octet-stream');

    const refused = await run('too-large');
    const copied = outcomeOf(await run('grown', { layout: 'auto' }));
    await stack.remove('films/large.bin');

    expect(refused).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(refused.cause).toContain('may read 0.0 GB');
    expect(await jobsOf('too-large')).toEqual([]);
    expect(copied).toMatchObject({ status: 'Succeeded', attempts: 1, layout: { layout: 'staged' } });
  });

  it('loses no media to a space or a comma in their key, and does not encode them: that does not help', async () => {
    const odd = ['odd/with space.mov', 'odd/comma,and space.mov', 'odd/100% odd.mov', 'odd/plain.mov'];
    const body = readFileSync(join(sampleMediaFolder, clips.find((key) => key.endsWith('.mov')) ?? ''));
    await Promise.all(odd.map((key) => stack.put(key, body)));

    const outcome = outcomeOf(await run('odd-keys', { media: { prefixes: ['odd/'] } }));

    expect(outcome.records).toMatchObject({ submitted: odd.length, succeeded: odd.length });
    expect((await stack.ledger('odd-keys')).map(({ key }) => key).sort()).toEqual([...odd].sort());
    const [output = ''] = await outputKeysOf('odd-keys');
    expect(await stack.readText(output)).not.toMatch(/"s3:[^"]*[ ,%]/);
  });

  it('looks for the output neither as .jsonl nor outside of the folder of the job ID', async () => {
    const outcome = outcomeOf(await run('looked'));

    expect(outcome.records.succeeded).toBe(someClips.length);
    const [job] = outcome.jobs;
    const jobId = job?.batchJobArn?.split('/').at(-1);
    expect(await outputKeysOf('looked')).toEqual([`${job?.batchOutputS3Prefix}${jobId}/${job?.batchInputS3Key}.out`]);
    for (const key of someClips) {
      const result = await stack.readJson(`nova/batch/results/summary/${key}.json`, resultSchema);
      expect(result).toMatchObject({ runId: 'looked' });
    }
  });

  it('marks no job as done before its output was read: its results would be lost', async () => {
    const seen: unknown[] = [];
    intercept = async ({ http, response }, serve) => {
      if (!isOfFunction(http) || !http.url?.includes('.jsonl.out?') || seen.length === 4) return serve(http);
      const [job] = await stack.table.listJobs('unreadable');
      seen.push([job?.collected, (await stack.table.getRun('unreadable'))?.status]);
      response.writeHead(500).end();
    };

    const outcome = outcomeOf(await run('unreadable'));

    expect(seen).toEqual(Array(4).fill([undefined, 'Running']));
    expect(outcome.records.succeeded).toBe(someClips.length);
    for (const key of someClips) {
      const result = await stack.readJson(`nova/batch/results/summary/${key}.json`, resultSchema);
      expect(result).toMatchObject({ runId: 'unreadable' });
    }
  });

  it('counts no answer without text and without tokens as a success', async () => {
    rewriteAnswers('empty', () => '', 0);

    await run('empty');

    const { records, reasons } = await outcomeInBucket('empty');
    expect(records).toMatchObject({ succeeded: 0, failed: someClips.length });
    expect(reasons).toMatchObject([{ reason: expect.stringContaining('no text') }]);
  });

  it('does not download and parse the whole output again for each item', async () => {
    const reads: string[] = [];
    intercept = async ({ http }, serve) => {
      if (isOfFunction(http) && http.method === 'GET' && http.url?.includes('.jsonl.out?')) reads.push(http.url);
      await serve(http);
    };

    const outcome = outcomeOf(await run('read-once', { analyses: ['summary', 'elements'] }));

    expect(outcome.records.succeeded).toBe(2 * someClips.length);
    expect(reads).toHaveLength(1);
  });

  it('leaves no JSON unparsed for the code fence around it', async () => {
    rewriteAnswers('fenced', (text) => `\`\`\`json\n${text}\n\`\`\``);

    const outcome = outcomeOf(await run('fenced', { analyses: titles }));

    expect(outcome.records.succeeded).toBe(someClips.length);
    for (const key of someClips) {
      const { json, text } = await stack.readJson(`nova/batch/results/title/${key}.json`, resultSchema);
      expect(text).toMatch(/^```json/);
      expect(json).toHaveProperty('title');
    }
  });

  it('takes no answer that was truncated at max_tokens for a good one', async () => {
    const once = await run('cut', { analyses: titles });
    const again = outcomeOf(await stack.run(requestOf('cut', { analyses: titles, retries: 1 }), 'cut-again'));

    expect(outcomeOf(once).records).toMatchObject({ succeeded: 2, failed: 2 });
    expect(again.records).toMatchObject({ succeeded: 4, failed: 0 });
    const sentTwice = (await stack.ledger('cut-again')).filter(({ earlier = [] }) => earlier.length > 0);
    expect(sentTwice.map(({ earlier }) => earlier?.[0]?.reason)).toEqual(
      Array(2).fill(expect.stringContaining('truncated')),
    );
  });

  it.each([
    ['by the SDK', 1],
    ['by the machine', 3],
  ])('makes no second job when Create is sent again %s: both would be billed', async (by, answersLost) => {
    const name = `created-${answersLost}`;
    let creates = 0;
    intercept = ({ http, response }, serve) => {
      if (isCreate(http)) creates += 1;
      if (isCreate(http) && creates <= answersLost) response.end = () => response.destroy();
      return serve(http);
    };

    const outcome = outcomeOf(await run(name));

    expect(outcome.records, by).toMatchObject({ submitted: 4, succeeded: 4 });
    expect(creates).toBeGreaterThan(1);
    expect((await jobsOf(name)).map(({ jobArn }) => jobArn)).toEqual([outcome.jobs[0]?.batchJobArn]);
  });

  it('lets no job run and bill that nobody knows, because of a crash right after Create', async () => {
    const executionArn = executionArnOf(stack.aws.stateMachineArn, 'crashed');
    let stopped: Promise<unknown> | undefined;
    // No answer of Create ever comes, and by then whoever would look for the job is gone.
    intercept = ({ http, response }, serve) => {
      if (!isCreate(http)) return serve(http);
      response.end = () => {
        stopped ??= stack.sfn.send(new StopExecutionCommand({ executionArn }));
        void stopped.then(() => response.destroy());
        return response;
      };
      return serve(http);
    };
    await run('crashed');
    const [unknown] = await stack.table.listJobs('crashed');

    await stack.aws.clock.sleep(17 * minute);
    await stack.invoke('recover-runs', {}, recoverRunsOutputSchema);
    await stack.aws.clock.sleep(60 * minute);

    expect(unknown?.status).toBe('Prepared');
    expect(unknown?.batchJobArn).toBeUndefined();
    expect((await jobsOf('crashed')).map(({ status }) => status)).toEqual(['Stopped']);
    const outcome = await outcomeInBucket('crashed');
    expect(outcome).toMatchObject({ status: 'Stopped', jobs: [{ status: 'Stopped' }] });
    expect(outcome.jobs[0]?.batchJobArn).toBe((await jobsOf('crashed'))[0]?.jobArn);
  });

  it('runs nothing again at full price for a counter of successes that does not exist', async () => {
    const request = { ...requestOf('counted', { retries: 3 }), media: { keys: someClips, newOnly: true } };
    const analyses = [{ name: 'counted', prompt: 'How many are there?' }];

    const first = outcomeOf(await stack.run({ ...request, analyses }, 'counted'));
    const second = outcomeOf(await stack.run({ ...request, analyses }, 'counted-again'));

    expect((await stack.table.listJobs('counted'))[0]?.counters).toMatchObject({ succeeded: 4, failed: 0 });
    expect(first).toMatchObject({ status: 'Succeeded', attempts: 1 });
    expect(second.status).toBe('NothingToDo');
    expect(await jobsOf('counted')).toHaveLength(1);
  });

  it('gives no two runs the same job name: the second would be refused', async () => {
    const outcomes = [outcomeOf(await run('same')), outcomeOf(await stack.run(requestOf('same'), 'same-again'))];

    expect(outcomes.map(({ status }) => status)).toEqual(['Succeeded', 'Succeeded']);
    expect(new Set((await jobsOf('same')).map(({ jobName }) => jobName)).size).toBe(2);
  });

  it('polls no job every minute for two days: the execution would die at 25,000 events', async () => {
    const startedAt = stack.aws.clock.now();

    const ended = await run('two-days');

    expect(outcomeOf(ended).status).toBe('Succeeded');
    const hours = (stack.aws.clock.now() - startedAt) / 3_600_000;
    expect(hours).toBeGreaterThan(48);
    expect(hours).toBeLessThan(50);
    const events = await stack.jobEvents(ended.executionArn);
    // A job may take a week.
    expect(events.length).toBeLessThan((25_000 * 2) / 7);
    expect(events.length).toBeGreaterThan(1_000);
  });

  it('takes no page of 1,000 keys for the whole bucket', async () => {
    const texts = Array.from({ length: 1_001 }, (_, at) => `many/${at}.txt`);
    await pMap(texts, (key) => stack.put(key, 'x', 'text/plain'), { concurrency: 50 });
    await stack.put(
      'many/zz.mov',
      readFileSync(join(sampleMediaFolder, clips.find((key) => key.endsWith('.mov')) ?? '')),
    );

    await stack.put('many/zz.jsonl', '{}', 'application/jsonl');

    const outcome = outcomeOf(await run('pages', { media: { prefixes: ['many/'] }, layout: 'auto' }));

    expect(outcome.records).toMatchObject({ submitted: 1, succeeded: 1 });
    expect(outcome.skipped.total).toBe(texts.length + 1);
    expect(outcome.layout?.reason).toContain('"many/zz.jsonl"');
  });
});

it('two stacks in the same app share no function, role or handler', () => {
  const { app, stack: first } = appWith();
  const settings = readSettings(app.node.getAllContext(), {});
  const second = new MediaBatchStack(app, { ...settings, stackName: 'Second' });

  const templates = [first, second].map((stack) => Template.fromStack(stack));

  // The CDK names the role of a schedule by a hash of its function's version, and that has the stack's name in its
  // environment.
  const named = (id: string) => id.replace(/^(SchedulerRoleForTarget).*/, '$1');
  const [ofFirst, ofSecond] = templates.map((template) =>
    ['AWS::Lambda::Function', 'AWS::IAM::Role'].map((type) => resourcesOf(template, type).map(([id]) => named(id))),
  );
  expect(ofFirst?.flat()).not.toEqual([]);
  expect(ofSecond).toEqual(ofFirst);
  for (const template of templates) expect(JSON.stringify(template.toJSON())).not.toMatch(/Fn::ImportValue|"Export"/);
  expect([first.dependencies, second.dependencies]).toEqual([[], []]);
});
