import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { planKey } from '../../../lambdas/shared/domain/keys.ts';
import type { ResultsListLine } from '../../../lambdas/shared/domain/run/results-list.ts';
import type { CollectCheckpoint } from '../../../lambdas/shared/domain/state.ts';
import { collect, completed, idOf, resultOf, withNotSent } from '../../support/completed-job.ts';
import { crashing } from '../../support/crashes.ts';
import { anAnalysis, aPlan, aPlannedRecord, prefixes } from '../../support/factories.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';
import { type GivenEntry, ranJobs, report } from '../../support/reported-run.ts';
import { memoryWorld, type World } from '../../support/world.ts';

const listKey = 'nova/batch/runs/run-1/results.ndjson';
const csvKey = 'nova/batch/runs/run-1/results.csv';

const listOf = (world: World) => world.store.jsonLinesOf(listKey);
const csvOf = (world: World): Record<string, string>[] =>
  parse(world.store.textOf(csvKey)?.text ?? '', { columns: true, bom: true });

/** The report of the run of a job that the factories make. */
const reported = (world: World) => report(world, { executionArn: 'run-1' });

const recordIds = (lines: readonly unknown[]) => lines.map((line) => Object(line).recordId).sort();

describe('the list of a run', () => {
  it('has every submitted record once: with its answer, or with why there is none', async () => {
    const world = memoryWorld();
    const lines = [
      answerLine(idOf(3), { text: '=A "dog".' }),
      errorLine(idOf(1), 400, 'Bad video'),
      answerLine(idOf(2)),
    ];
    const job = await completed(world, 5, lines);
    await withNotSent(world, job, { 5: { outcome: 'skipped', reason: 'pending in another run' } });
    await collect(world, job);

    const outcome = await reported(world);

    expect(outcome).toMatchObject({
      resultsListUri: `s3://media-bucket/${listKey}`,
      resultsCsvUri: `s3://media-bucket/${csvKey}`,
    });
    const answered = {
      analysis: 'shots',
      outcome: 'succeeded',
      stopReason: 'end_turn',
      inputTokens: 100,
      batchUsd: 0.0000042,
    };
    expect(listOf(world)).toMatchObject([
      { key: 'proxies/C0003.MP4', ...answered, text: '=A "dog".', resultUri: `s3://media-bucket/${resultOf(3)}` },
      { key: 'proxies/C0002.MP4', ...answered, jobName: job.jobName },
      {
        key: 'proxies/C0001.MP4',
        outcome: 'failed',
        reason: '400: Bad video',
        recordId: idOf(1),
        jobName: job.jobName,
      },
      { key: 'proxies/C0004.MP4', outcome: 'missing', reason: 'the job completed without an answer for this record' },
    ]);
    expect(csvOf(world)).toMatchObject([
      { key: 'proxies/C0003.MP4', text: `'=A "dog".`, inputTokens: '100', batchUsd: '0.0000042' },
      { key: 'proxies/C0002.MP4', outcome: 'succeeded' },
      { key: 'proxies/C0001.MP4', outcome: 'failed', reason: '400: Bad video', text: '' },
      { key: 'proxies/C0004.MP4', outcome: 'missing' },
    ]);
    expect(world.store.contentTypeOf(csvKey)).toBe('text/csv; charset=utf-8');
  });

  it('says what failures have cost, where something came back', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1), { stopReason: 'max_tokens' })]);
    await collect(world, job);

    const outcome = await reported(world);

    expect(listOf(world)).toMatchObject([
      { outcome: 'failed', inputTokens: 100, outputTokens: 10, batchUsd: 0.0000042 },
    ]);
    expect(outcome.cost.byAnalysis).toMatchObject({ shots: { inputTokens: 100, outputTokens: 10 } });
  });

  it('has the JSON of answers, and the outcome counts what is wrong with it', async () => {
    const world = memoryWorld();
    const job = await completed(world, 2, [
      answerLine(idOf(1), { text: '{"a":1,}' }),
      answerLine(idOf(2), { text: '{"a":"x;=1"}' }),
    ]);
    const analyses = [anAnalysis({ schema: { properties: { a: { type: 'number' } } } })];
    world.store.put(planKey(prefixes, job.runId), { text: JSON.stringify(aPlan(job, { analyses })) });
    await collect(world, job);

    const outcome = await reported(world);

    expect(outcome.answers).toEqual({ repaired: 1, invalid: 1 });
    expect(listOf(world)).toMatchObject([{ json: { a: 1 }, repaired: true }, { schemaErrors: ['/a must be number.'] }]);
    expect(csvOf(world)).toMatchObject([
      { text: '{"a":1,}', json: '{"a":1}', repaired: 'yes' },
      { json: '{"a":"x\\u003b=1"}', schemaErrors: '/a must be number.' },
    ]);
  });

  it('is the same however collecting was truncated into turns, and repeated', async () => {
    const lines = Array.from({ length: 20 }, (_, at) =>
      at % 4 === 0 ? errorLine(idOf(at + 1)) : answerLine(idOf(at + 1)),
    );
    const [whole, cut] = [memoryWorld(), memoryWorld()];
    await collect(whole, await completed(whole, 20, lines));
    const job = await completed(cut, 20, lines);
    for (let checkpoint: CollectCheckpoint, turn = 1; turn === 1 || checkpoint !== undefined; turn++) {
      const turnOf = (lines: number) => {
        let asked = 0;
        return collect(cut, job, { checkpoint, isTimeUp: () => asked++ >= lines });
      };
      // A repeat that stops earlier than the one that the machine goes on from, and that ends after it.
      const [next] = [await turnOf(6), await turnOf(3)];
      checkpoint = next.checkpoint;
    }

    for (const world of [whole, cut]) await reported(world);

    expect(listOf(cut)).toEqual(listOf(whole));
    expect(csvOf(cut)).toEqual(csvOf(whole));
    expect(listOf(cut)).toHaveLength(20);
  });

  it('is whole though the report was cut off at any moment, and written the same again', async () => {
    for (const isEffective of [true, false]) {
      for (let changesLeft = 0; changesLeft < 4; changesLeft++) {
        const world = memoryWorld();
        await collect(world, await completed(world, 3, [answerLine(idOf(1)), errorLine(idOf(2))]));
        const store = crashing(world.store, ['writeLines', 'concatenate', 'createJson'], { changesLeft, isEffective });

        await expect(report(world, { executionArn: 'run-1', parts: { store } })).rejects.toMatchObject({
          name: 'Crash',
        });
        await reported(world);

        expect(recordIds(listOf(world))).toEqual([1, 2, 3].map(idOf));
        expect(csvOf(world)).toHaveLength(3);
      }
    }
  });

  it('has nobody twice, and no failure of which a later attempt has the answer', async () => {
    const world = memoryWorld();
    const slow: GivenEntry = { outcome: 'failed', reason: '429: Slow down', retryable: true };
    const earlier = [{ recordId: '100000000001-000001', reason: '429: Slow down' }];
    const [first, second] = await ranJobs(world, [[{ ledger: [slow] }], [{ planned: [{ earlier }] }]]);
    if (first === undefined || second === undefined) throw new TypeError('The run has two attempts.');
    const recordId = `${second.jobHash}-000001`;
    world.table.putJob({ ...second, status: 'Completed', batchJobArn: 'arn:2', phase: 'closed' });
    world.store.put(`${second.batchOutputS3Prefix}abcdefghijkl/${second.batchInputS3Key}.out`, {
      text: `${answerLine(recordId)}\n`,
    });
    await collect(world, second);

    await report(world);

    expect(listOf(world)).toMatchObject([{ outcome: 'succeeded', recordId, jobName: second.jobName }]);
  });

  it('has the records of a job that nobody could collect', async () => {
    const world = memoryWorld();
    await completed(world, 2, [answerLine(idOf(1))]);

    await reported(world);

    expect(listOf(world)).toMatchObject([1, 2].map((number) => ({ outcome: 'missing', recordId: idOf(number) })));
  });

  it('has the records of a job that was planned and never written down, though all others succeeded', async () => {
    const world = memoryWorld();
    const [first] = await ranJobs(world, [[{ planned: [{}] }, { planned: [{}], isInTable: false }]]);
    if (first === undefined) throw new TypeError('The run has a job.');
    world.table.putJob({ ...first, status: 'Completed', batchJobArn: 'arn:1', phase: 'closed' });
    world.store.put(`${first.batchOutputS3Prefix}abcdefghijkl/${first.batchInputS3Key}.out`, {
      text: `${answerLine(`${first.jobHash}-000001`)}\n`,
    });
    await collect(world, first);

    const { records } = await report(world);

    expect(records).toEqual({ submitted: 2, succeeded: 1, failed: 0, missing: 1 });
    expect(listOf(world)).toMatchObject([
      { outcome: 'succeeded', jobName: first.jobName },
      { outcome: 'missing', jobName: expect.stringMatching(/./) },
    ]);
  });

  it('is not there where answers would be missing from it, because parts are gone', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1))]);
    await collect(world, job);
    await world.store.deleteObject(`nova/batch/runs/run-1/jobs/${job.jobName}.list/0-1.ndjson`);
    expect(await reported(world)).not.toMatchObject({ resultsListUri: expect.anything() });
    expect(world.store.has(listKey)).toBe(false);
  });

  it('is not there where nothing was submitted', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, undefined, { status: 'Waiting', batchJobArn: undefined });
    await withNotSent(world, job, { 1: { outcome: 'skipped', reason: 'pending in another run' } });
    await collect(world, job);

    expect(await reported(world)).toMatchObject({ status: 'NothingToDo', resultsListUri: undefined });
    expect(world.store.has(listKey)).toBe(false);
  });

  it('has records that came finished under the IDs that they came with', async () => {
    const world = memoryWorld();
    const records = ['my-1', 'my-2'].map((key) =>
      aPlannedRecord(1, { key, etag: '', analysis: 'records', prebuilt: { modelInput: {} } }),
    );
    const job = await completed(world, 2, [answerLine(idOf(1), { text: 'A dog.' })], {}, records);
    const analyses = [anAnalysis({ name: 'records' })];
    world.store.put(planKey(prefixes, job.runId), { text: JSON.stringify(aPlan(job, { analyses })) });
    await collect(world, job);

    await reported(world);

    const lines: readonly Partial<ResultsListLine>[] = [
      { key: 'my-1', text: 'A dog.' },
      { key: 'my-2', outcome: 'missing' },
    ];
    expect(listOf(world)).toMatchObject(lines);
  });
});
