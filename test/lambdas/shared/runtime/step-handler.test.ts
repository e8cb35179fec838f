import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { turnReserveMs } from '../../../../lambdas/shared/domain/checkpoint.ts';
import { FolderBusy, JobRefused, RequestRefused, Throttled } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { type Invocation, stepHandler } from '../../../../lambdas/shared/runtime/step-handler.ts';
import { awsError, networkError } from '../../../support/aws-error.ts';
import { aContext } from '../../../support/lambda-context.ts';

const input = z.strictObject({ runId: z.string(), jobName: z.string().optional() });
const output = z.strictObject({ count: z.int() });
const event = { runId: 'run-1', jobName: 'job-1' };
const logged: Record<string, unknown>[] = [];

type Work = (parsed: z.output<typeof input>, invocation: Invocation) => Promise<{ count: number }>;

function invoke(run: Work, given: unknown = event, context: Context = aContext()): Promise<unknown> {
  return stepHandler({ step: 'test-step', input, output, run })(given, context);
}

beforeEach(() => {
  logged.length = 0;
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('STACK_NAME', 'Films');
  for (const method of ['info', 'error', 'warn', 'log'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => {
      logged.push(JSON.parse(line));
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('a step behind Lambda', () => {
  it('gets its input checked and gives its output', async () => {
    expect(await invoke(async ({ runId }) => ({ count: runId.length }))).toEqual({ count: 5 });
  });

  it('knows when it will be killed', async () => {
    const before = Date.now();
    let deadline = 0;
    await invoke(
      async (_, invocation) => {
        ({ deadline } = invocation);
        return { count: 0 };
      },
      event,
      aContext({ getRemainingTimeInMillis: () => 90_000 }),
    );

    expect(deadline).toBeGreaterThanOrEqual(before + 90_000);
    expect(deadline).toBeLessThanOrEqual(Date.now() + 90_000);
  });

  it.each([
    { leftMs: turnReserveMs + 60_000, isTimeUp: false },
    { leftMs: turnReserveMs - 60_000, isTimeUp: true },
  ])('has a turn of which $leftMs ms are left end: $isTimeUp', async ({ leftMs, isTimeUp }) => {
    const asked: boolean[] = [];
    const context = aContext({ getRemainingTimeInMillis: () => leftMs });

    await invoke(async (_, invocation) => ({ count: asked.push(invocation.isTimeUp()) }), event, context);

    expect(asked).toEqual([isTimeUp]);
  });

  it('logs a hostile key as part of one line, so that nobody writes lines of his own into the log', async () => {
    const lines: string[] = [];
    // Outside of its development mode the logger writes to the stream itself, as on AWS.
    vi.stubEnv('POWERTOOLS_DEV', '');
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const key = 'a.mp4"}\n{"level":"INFO","message":"Step:Ended"}\u001b[2J\u2028';

    await expect(
      invoke(async () => {
        throw new TypeError(`No media ${key}`);
      }),
    ).rejects.toThrow('No media');

    expect(lines).toHaveLength(1);
    expect([...(lines[0] ?? '').trimEnd()].filter((character) => character < ' ')).toEqual([]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'Step:Failed', error: { message: `No media ${key}` } });
  });

  it('logs its start and its end with the run and the job, and never the whole event', async () => {
    await invoke(async () => ({ count: 1 }), { runId: 'run-1', jobName: 'job-1' });

    expect(logged).toMatchObject([
      { message: 'Step:Started', step: 'test-step', runId: 'run-1', jobName: 'job-1', service: 'test-step' },
      { message: 'Step:Ended', step: 'test-step', runId: 'run-1', jobName: 'job-1', durationMs: expect.any(Number) },
    ]);
  });

  it('logs nothing of the run before it', async () => {
    const handler = stepHandler({ step: 'test-step', input, output, run: async () => ({ count: 1 }) });
    await handler({ runId: 'first', jobName: 'job-1' }, aContext());
    await handler({ runId: 'second' }, aContext());

    expect(logged.slice(2)).toMatchObject([{ runId: 'second' }, { runId: 'second' }]);
    for (const line of logged.slice(2)) expect(line).not.toHaveProperty('jobName');
  });
});

describe('the log of a step of a whole run', () => {
  const ofRun = z.looseObject({});
  const handler = () => stepHandler({ step: 'plan-run', input: ofRun, output, run: async () => ({ count: 1 }) });

  it.each([
    ['the name of its execution', { executionName: 'nightly', input: { media: {} } }, 'nightly'],
    ['the run that it resumes', { executionName: 'nightly-resume-1', input: { resume: 'nightly' } }, 'nightly'],
  ])('names the run by %s', async (_what, given, runId) => {
    await handler()(given, aContext());

    expect(logged.map((line) => line.runId)).toEqual([runId, runId]);
  });
});

describe('the metrics of a step', () => {
  const metrics = () => logged.filter((line) => '_aws' in line);

  it('are written at its end, of the stack and of nothing else', async () => {
    await invoke(async (_, { counters }) => {
      counters.add('RunsFailed', 1);
      counters.add('BatchUsd', 0.25);
      return { count: 0 };
    });

    expect(metrics()).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'bedrock-media-batch',
              Dimensions: [['stack']],
              Metrics: [
                { Name: 'RunsFailed', Unit: 'Count' },
                { Name: 'BatchUsd', Unit: 'None' },
              ],
            },
          ],
        },
        ...{ stack: 'Films', RunsFailed: 1, BatchUsd: 0.25 },
      },
    ]);
  });

  it('are written once although the step fails, and not again by the next', async () => {
    let isFirst = true;
    const run: Work = async (_, { counters }) => {
      if (!isFirst) return { count: 0 };
      isFirst = false;
      counters.add('StuckRuns', 1);
      throw new JobRefused('no');
    };
    const handler = stepHandler({ step: 'test-step', input, output, run });
    await handler(event, aContext()).catch(() => undefined);
    await handler(event, aContext());

    expect(metrics()).toMatchObject([{ StuckRuns: 1 }]);
  });

  it('are none where nothing was counted', async () => {
    await invoke(async () => ({ count: 1 }));

    expect(metrics()).toEqual([]);
  });
});

describe('a malformed event', () => {
  it.each([null, 'text', [], {}, { runId: 1 }, { runId: 'r', more: true }])('such as %j is refused', async (bad) => {
    const run = vi.fn<Work>(async () => ({ count: 1 }));

    await expect(invoke(run, bad)).rejects.toMatchObject({ name: 'ZodError' });
    expect(run).not.toHaveBeenCalled();
    expect(logged.at(-1)).toMatchObject({ message: 'Step:Failed', step: 'test-step' });
  });
});

describe('a malformed output', () => {
  it.each([{ count: 1.5 }, { count: 1, runId: 'run-1' }])('such as %j does not leave the step', async (bad) => {
    await expect(invoke(async () => bad)).rejects.toMatchObject({ name: 'ZodError' });
  });
});

describe('an error of a step', () => {
  it.each([
    awsError('ThrottlingException', 429),
    awsError('SlowDown', 503),
    awsError('InternalServerException', 500),
    networkError('ECONNRESET'),
  ])('that passes by itself leaves as Throttled, with what it was: %o', async (cause) => {
    const failing = invoke(async () => {
      throw cause;
    });

    await expect(failing).rejects.toMatchObject({ name: 'Throttled', message: cause.message, cause });
  });

  it.each([
    new RequestRefused('no'),
    new FolderBusy('wait'),
    new JobRefused('never'),
    new Throttled('soon'),
    awsError('AccessDeniedException', 403),
    new TypeError('a bug'),
  ])('of any other kind keeps its name: %o', async (error) => {
    const failing = invoke(async () => {
      throw error;
    });

    await expect(failing).rejects.toBe(error);
  });

  it('is logged once, with its name and message', async () => {
    await invoke(async () => {
      throw new JobRefused('It is closed.');
    }).catch(() => undefined);

    const failures = logged.filter(({ message }) => message === 'Step:Failed');
    expect(failures).toMatchObject([{ runId: 'run-1', error: { name: 'JobRefused', message: 'It is closed.' } }]);
  });
});
