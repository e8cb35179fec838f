import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onScheduleInputSchema } from '../../../lambdas/on-schedule/events.ts';
import { type OnScheduleDependencies, onSchedule } from '../../../lambdas/on-schedule/on-schedule.ts';
import { runTable } from '../../../lambdas/shared/aws/dynamodb/run-table.ts';
import { triggerTable } from '../../../lambdas/shared/aws/dynamodb/trigger-table.ts';
import { executionArnOf } from '../../../lambdas/shared/aws/step-functions.ts';
import { startLocalServices } from '../../support/local-services.ts';
import { memoryExecutions } from '../../support/memory-executions.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:Runs';
const request = { media: { prefixes: ['proxies/'] }, maxCostUsd: 20 };
const started = { media: { prefixes: ['proxies/'], newOnly: true }, maxCostUsd: 20 };
const minute = 60_000;

describe('a schedule', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let table: ReturnType<typeof triggerTable>;
  let runs: ReturnType<typeof runTable>;
  let executions: ReturnType<typeof memoryExecutions>;
  let dependencies: OnScheduleDependencies;
  let now: number;

  beforeEach(async () => {
    services = await startLocalServices();
    now = Date.parse('2026-11-02T10:00:00Z');
    table = triggerTable(services.dynamodb, services.tableName, () => now);
    runs = runTable(services.dynamodb, services.tableName);
    executions = memoryExecutions();
    dependencies = { table, runs, executions, stateMachineArn, now: () => now };
  });

  afterEach(() => services.close());

  const fire = (input: object) => onSchedule(onScheduleInputSchema.parse(input), dependencies);
  const names = () => executions.started.map(({ name }) => name);
  /** The run's plan begins: it is in the table. */
  const begin = (runId: string) =>
    runs.createRun({
      ...{ runId, executionArns: [executionArnOf(stateMachineArn, runId)], status: 'Planning', jobCount: 0 },
      startedAt: '2026-11-02T10:00:00Z',
      requestJson: '{}',
    });

  describe('of the night', () => {
    const night = (day: number) => fire({ start: 'nightly', request, scheduledTime: `2026-11-0${day}T01:00:00Z` });

    it('starts one run over what is new, however often it is delivered', async () => {
      expect(await night(3)).toEqual({ runId: 'nightly-20261103T010000Z' });
      await begin('nightly-20261103T010000Z');
      expect(await night(3)).toEqual({ runId: 'nightly-20261103T010000Z' });

      expect(executions.started).toEqual([{ name: 'nightly-20261103T010000Z', input: started }]);
    });

    it('starts none while that of an earlier night still runs, and the next one after it', async () => {
      await night(3);
      expect(await night(4)).toMatchObject({ reason: expect.stringContaining('nightly-20261103T010000Z') });
      await begin('nightly-20261103T010000Z');
      expect((await night(5)).runId).toBeUndefined();
      await runs.finishRun('nightly-20261103T010000Z', { status: 'Succeeded' });

      expect(await night(6)).toEqual({ runId: 'nightly-20261106T010000Z' });
    });

    it('does not wait for a run whose execution ended before its plan began', async () => {
      await night(3);
      executions.end(executionArnOf(stateMachineArn, 'nightly-20261103T010000Z'), now);

      expect(await night(4)).toEqual({ runId: 'nightly-20261104T010000Z' });
    });
  });

  describe('for uploads', () => {
    const look = () => fire({ start: 'uploads', request, quietMinutes: 15, latestMinutes: 60, everyMinutes: 5 });

    it('starts none without uploads', async () => {
      expect(await look()).toEqual({ reason: 'no uploads wait' });
    });

    it('starts one once it has been quiet for 15 minutes', async () => {
      await table.addUpload();
      now += 10 * minute;
      await table.addUpload();
      now += 14 * minute;
      expect((await look()).runId).toBeUndefined();
      now += minute;

      expect(await look()).toEqual({ runId: 'uploads-20261102T100000Z' });

      expect(executions.started).toEqual([{ name: 'uploads-20261102T100000Z', input: started }]);
      expect(await look()).toEqual({ reason: 'no uploads wait' });
    });

    it('starts one within an hour where it is never quiet', async () => {
      const looks: number[] = [];
      for (; names().length === 0; now += 5 * minute) {
        await table.addUpload();
        await look();
        looks.push(now);
      }

      expect(now - minute * 5 - Date.parse('2026-11-02T10:00:00Z')).toBeLessThanOrEqual(60 * minute);
      expect(looks.length).toBeGreaterThan(10);
    });

    it('keeps uploads that arrive while a run is active for the next run', async () => {
      await table.addUpload();
      now += 15 * minute;
      const { runId: first = '' } = await look();
      await begin(first);
      now += minute;
      await table.addUpload();
      now += 5 * 60 * minute;
      expect(await look()).toEqual({ reason: `run ${first} still runs` });
      await table.addUpload();
      await runs.finishRun(first, { status: 'Succeeded' });
      expect((await look()).runId).toBe('uploads-20261102T101600Z');
      expect(names()).toHaveLength(2);
    });

    it('starts the run that an interrupted function had assigned the uploads to', async () => {
      await table.addUpload();
      const { firstAt = '', lastAt = '' } = await table.readTrigger('uploads');
      await table.takeUploads({ firstAt, lastAt }, 'uploads-1');

      expect(await look()).toEqual({ runId: 'uploads-1' });
      expect(await look()).toEqual({ reason: 'no uploads wait' });
      expect(names()).toEqual(['uploads-1']);
    });

    it('lets one of two functions at once take the uploads', async () => {
      await table.addUpload();
      now += 15 * minute;

      await Promise.all([look(), look()]);

      expect(names()).toEqual(['uploads-20261102T100000Z']);
      expect(await table.readTrigger('uploads')).toEqual({ runId: 'uploads-20261102T100000Z', started: true });
    });

    it('takes no uploads if another arrives in between', async () => {
      await table.addUpload();
      const { firstAt = '', lastAt = '' } = await table.readTrigger('uploads');
      now += minute;
      await table.addUpload();

      expect(await table.takeUploads({ firstAt, lastAt }, 'uploads-1')).toBe(false);
      expect((await table.readTrigger('uploads')).runId).toBeUndefined();
    });
  });
});
