import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ledgerEntrySchema } from '../../lambdas/shared/domain/record/ledger.ts';
import { resultSchema } from '../../lambdas/shared/domain/record/result.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

const clips = sampleClips.filter(({ container }) => container === 'mp4').slice(0, 4);
const [one = '', two = ''] = clips.map(({ key }) => key);

const skippedOf = (stack: LocalStack, runId: string) =>
  stack.readLines(`nova/batch/runs/${runId}/ledger/skipped.ndjson`, ledgerEntrySchema);

describe('a request that names its media in a list', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await startLocalStack();
    await stack.putClips(clips);
  });
  afterAll(() => stack.close());

  it('asks what each row says, leaves bad rows out by line, and sends nothing the second time', async () => {
    const rows = [`"${one}","A ""7"",\r\nfront"`, `${two},B`, `${one},C`, `gone.mp4,D`, `${two},B`];
    await stack.put('lists/today.csv', `\ufeffkey,camera\r\n${rows.join('\r\n')}\r\n`);
    const request = {
      media: { manifest: `s3://${stack.aws.bucket}/lists/today.csv`, newOnly: true },
      analyses: [{ name: 'shots', prompt: 'What did camera {{camera}} see in {{filename}}?' }],
    };

    const first = outcomeOf(await stack.run(request, 'listed'));

    expect(first).toMatchObject({
      status: 'Succeeded',
      records: { submitted: 3, succeeded: 3 },
      skipped: { total: 2 },
    });
    // The first row has two lines.
    expect((await skippedOf(stack, 'listed')).map(({ reason }) => reason)).toEqual([
      'manifest line 6: the object is not in the bucket',
      'manifest line 7: the request asks the same of this media elsewhere',
    ]);
    const keys = (await stack.keys('nova/batch/results/shots/')).sort();
    const results = await Promise.all(keys.map((key) => stack.readJson(key, resultSchema)));
    expect(results.map(({ media }) => media.key).sort()).toEqual([one, one, two].sort());
    expect(new Set(results.map(({ fingerprint }) => fingerprint)).size).toBe(3);

    const second = outcomeOf(await stack.run(request, 'again'));

    expect(second).toMatchObject({ status: 'NothingToDo', records: { submitted: 0 } });
    expect(second.skipped.byReason).toMatchObject({ 'answered by an earlier run': 3 });
  });

  it('sends prebuilt records as they came, and answers them in the run alone', async () => {
    const { bucket } = stack.aws;
    const record = (recordId: string, key: string) => {
      const video = { format: 'mp4', source: { s3Location: { uri: `s3://${bucket}/${key}` } } };
      const messages = [{ role: 'user', content: [{ video }, { text: 'What is it?' }] }];
      return `${JSON.stringify({ recordId, modelInput: { messages, inferenceConfig: { maxTokens: 300 } } })}\n`;
    };
    await stack.put('lists/ready.ndjson', record('file-1:a', one) + record('file-2:b', two));
    const before = await stack.keys('nova/batch/results/');

    const outcome = outcomeOf(await stack.run({ records: 'lists/ready.ndjson' }, 'ready'));

    expect(outcome).toMatchObject({ status: 'Succeeded', records: { submitted: 2, succeeded: 2 } });
    expect((await stack.ledger('ready')).map(({ key, outcome: end }) => [key, end])).toEqual([
      ['file-1:a', 'succeeded'],
      ['file-2:b', 'succeeded'],
    ]);
    expect(await stack.keys('nova/batch/results/')).toEqual(before);
  });

  it('is refused by the line of a record that could not be answered', async () => {
    await stack.put('lists/bad.ndjson', '{"recordId":"a","modelInput":{"messages":[{"x":"s3://other/a.mp4"}]}}\n');

    const run = await stack.run({ records: 'lists/bad.ndjson' });

    expect(run).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(run.cause).toMatch(/^Line 1 of "records" names "s3:\/\/other\/a.mp4"; expected media in bucket /);
  });
});

it('a plan that takes longer than a function may is made in turns, and runs as any other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'media-batch-turns-'));
  const templateFile = join(folder, basename(inject('templateFile')));
  cpSync(dirname(inject('templateFile')), folder, { recursive: true });
  // Less than what every turn keeps back, so that each has time for one step.
  const template = JSON.parse(readFileSync(templateFile, 'utf8'));
  const [planRun = ''] = Object.keys(template.Resources).filter((id) => id.startsWith('StepsPlanRunFunction'));
  template.Resources[planRun].Properties.Timeout = 170;
  writeFileSync(templateFile, JSON.stringify(template));
  const stack = await startLocalStack({ templateFile });
  try {
    await stack.putClips(clips.slice(0, 2));

    const outcome = outcomeOf(await stack.run({ media: { prefixes: [''] }, layout: 'auto' }, 'slow'));

    expect(outcome).toMatchObject({ status: 'Succeeded', media: 2, records: { submitted: 2, succeeded: 2 } });
    const checkpoints = (await stack.keys('nova/batch/runs/slow/attempts/')).filter((key) =>
      key.endsWith('.checkpoint.json'),
    );
    expect(checkpoints.length).toBeGreaterThan(2);
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
