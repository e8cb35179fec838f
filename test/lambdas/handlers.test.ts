import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { environmentSchemas, type StepName } from '../../lambdas/shared/runtime/environment.ts';
import { aContext } from '../support/lambda-context.ts';
import { stepEnvironment } from '../support/step-environment.ts';

type Handler = (event: unknown, context: ReturnType<typeof aContext>) => Promise<unknown>;

const handlers: Record<StepName, () => Promise<{ handler: Handler }>> = {
  'plan-run': () => import('../../lambdas/plan-run/handler.ts'),
  'prepare-job': () => import('../../lambdas/prepare-job/handler.ts'),
  'start-job': () => import('../../lambdas/start-job/handler.ts'),
  'poll-job': () => import('../../lambdas/poll-job/handler.ts'),
  'settle-job': () => import('../../lambdas/settle-job/handler.ts'),
  'collect-results': () => import('../../lambdas/collect-results/handler.ts'),
  'report-run': () => import('../../lambdas/report-run/handler.ts'),
  'recover-runs': () => import('../../lambdas/recover-runs/handler.ts'),
  'clean-up': () => import('../../lambdas/clean-up/handler.ts'),
  'on-upload': () => import('../../lambdas/on-upload/handler.ts'),
  'on-schedule': () => import('../../lambdas/on-schedule/handler.ts'),
  'on-destroy': () => import('../../lambdas/on-destroy/handler.ts'),
};
const steps = Object.entries(handlers).map(([step, load]) => ({ step, load }));

const environment = { ...stepEnvironment, AWS_REGION: 'us-east-1' };

beforeEach(() => {
  // A step reads its environment when it is loaded, so each test loads it anew.
  vi.resetModules();
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  for (const method of ['info', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('has a handler and an environment for every step, and a folder of its own for each', () => {
  const folder = join(import.meta.dirname, '../../lambdas');
  const folders = readdirSync(folder).filter((name) => name !== 'shared');

  expect(Object.keys(handlers).sort()).toEqual(folders.sort());
  expect(Object.keys(environmentSchemas).sort()).toEqual(folders.sort());
});

describe.each(steps)('the handler of $step', ({ load }) => {
  it.each([null, 'text', { runId: 'r', jobName: 'j', executionArn: 'e', dryRun: 'yes', surprise: true }])(
    'is loaded with a full environment and refuses the malformed event %j',
    async (event) => {
      const { handler } = await load();

      await expect(handler(event, aContext())).rejects.toMatchObject({ name: 'ZodError' });
    },
  );
});

describe.each(steps)('the handler of $step', ({ step, load }) => {
  it('is not loaded with an empty environment', async () => {
    for (const name of Object.keys(environment)) vi.stubEnv(name, undefined);

    await expect(load(), step).rejects.toMatchObject({ name: 'ZodError' });
  });
});
