import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../../../lib/cli/main.ts';
import { capturedContext } from '../captured-context.ts';
import { arnOf, executionArnOf, type FakeLook, type FakeMachine, stackTags, startFakeAws } from '../fake-aws.ts';
import { counters, sampleArn, sampleJob, sampleOutcome, sampleRun } from '../samples.ts';

const request = { media: { prefixes: ['proxies/'] }, name: 'nightly' };
let folder = '';
let requestFile = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-batch-run-'));
  requestFile = join(folder, 'request.json');
  await writeFile(requestFile, JSON.stringify(request));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command against an account, and interrupts it at a look if told to. */
async function run(
  account: { machines?: FakeMachine[]; looks?: FakeLook[]; objects?: Record<string, string> },
  args: string[] = [],
) {
  await using aws = await startFakeAws(account);
  const captured = capturedContext({ environment: { AWS_ENDPOINT_URL: aws.url } });
  const exitCode = await main(['run', requestFile, ...args], captured.context);
  return { exitCode, ...captured.written, started: aws.started, calls: aws.calls };
}

const succeeded = { status: 'SUCCEEDED', output: sampleOutcome(), jobs: [] };

describe('run', () => {
  it('starts an execution with the request as its input, named after request and time', async () => {
    const { started } = await run({ looks: [succeeded] });

    expect(started).toHaveLength(1);
    expect(started[0]).toMatchObject({ input: request, stateMachineArn: arnOf('media') });
    expect(started[0]?.name).toMatch(/^nightly-\d{8}T\d{6}Z-[0-9a-f]{6}$/);
  });

  it.each([
    ['["not", "a request"]', 'The request is ["not","a request"]; expected an object with "media"'],
    ['{"media":{"prefixes":["a/"]},"priority":1}', 'The request has the unknown field "priority"'],
    ['{"media":{"prefixes":["a/"]},"records":"a.ndjson"}', 'The request has "records" and "media"'],
  ])('starts nothing for an invalid request: %s', async (stdin, sentence) => {
    await using aws = await startFakeAws();
    const { context, written } = capturedContext({ environment: { AWS_ENDPOINT_URL: aws.url }, stdin });

    expect(await main(['run', '-'], context)).toBe(1);

    expect(written.err).toMatch(/^error: [^\n]+\n$/);
    expect(written.err).toContain(sentence);
    expect(aws.calls).toEqual([]);
  });

  it.each(['FAILED', 'ABORTED'])(
    'lets nothing in the cause of an execution that is %s control the terminal',
    async (status) => {
      const jobs = [sampleJob({ failure: { error: 'JobFailed', reason: 'no a\u001b[2J.mp4' } })];

      const { out, err } = await run({
        looks: [{ status, error: 'Bad\u001b[31m', cause: 'a\u001b]0;x\u0007.mp4', jobs }],
      });

      expect(err).toContain('a�]0;x�.mp4');
      expect(out).toContain('no a�[2J.mp4');
      expect(out + err).not.toMatch(/[^\P{Cc}\n]/u);
    },
  );

  it('shows progress on stderr, and the outcome on stdout', async () => {
    const { out, err, exitCode } = await run({
      looks: [
        {},
        { jobs: [sampleJob({ status: 'Waiting' })] },
        { jobs: [sampleJob({ status: 'Submitted' })] },
        { jobs: [sampleJob({ counters: counters(40) })] },
        { ...succeeded, jobs: [sampleJob({ status: 'Completed', counters: counters(120) })] },
      ],
    });

    expect(err.split('\n').slice(1, -1)).toEqual([
      'job run-ab12cd-1 waits for its turn in the folder',
      'job run-ab12cd-1 Submitted',
      'job run-ab12cd-1 InProgress 40/120',
      'job run-ab12cd-1 Completed 120/120',
    ]);
    expect(out).toContain('120 of 120 succeeded');
    expect(out).toContain(sampleArn);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['Succeeded', 0],
    ['NothingToDo', 0],
    ['Planned', 0],
    ['PartlySucceeded', 2],
    ['Stopped', 3],
  ] as const)('exits for the status %s with %i', async (status, expected) => {
    const { exitCode, out } = await run({ looks: [{ status: 'SUCCEEDED', output: sampleOutcome({ status }) }] });

    expect(exitCode).toBe(expected);
    expect(out).toMatch(new RegExp(`^status +${status}$`, 'm'));
  });

  it('exits with 1 after a refusal and shows its name and sentence', async () => {
    const cause = 'No media lie under "proxies/" in media-1: upload some.';
    const { exitCode, out, err } = await run({ looks: [{ status: 'FAILED', error: 'RequestRefused', cause }] });

    expect(exitCode).toBe(1);
    expect(err).toContain(`RequestRefused: ${cause}\n`);
    expect(out).toBe('');
  });

  it('shows the sentence of a cause that a function wrapped into JSON', async () => {
    const cause = JSON.stringify({ errorType: 'RequestRefused', errorMessage: 'The one sentence.', trace: ['at x'] });
    const { err } = await run({ looks: [{ status: 'FAILED', error: 'RequestRefused', cause }] });

    expect(err).toContain('RequestRefused: The one sentence.\n');
    expect(err).not.toContain('trace');
  });

  it('exits with 1 after a run in which nothing succeeded, and still names its jobs', async () => {
    const job = sampleJob({ status: 'Failed', batchJobArn: sampleArn, failure: { error: 'X', reason: 'too few' } });
    const { exitCode, out, err } = await run({
      looks: [{ status: 'FAILED', error: 'RunFailed', cause: 'No record succeeded.', jobs: [job] }],
    });

    expect(exitCode).toBe(1);
    expect(out).toContain(sampleArn);
    expect(out).toContain('too few');
    expect(err).toContain('RunFailed: No record succeeded.');
  });

  it.each([
    ['Failed', 'RunFailed', 'No record succeeded.'],
    ['Refused', 'RequestRefused', 'It would cost too much.'],
  ] as const)('ends one that %s with its table, and downloads its report', async (status, error, cause) => {
    const out = join(folder, status);
    const records = { submitted: 1, succeeded: 0, failed: 1, missing: 0 };
    const outcome = sampleOutcome({ status, records, reportUri: 's3://media-1/runs/run-1/report.html' });
    const ended = await run(
      {
        looks: [{ status: 'FAILED', error, cause }],
        objects: { '/outcome.json': JSON.stringify(outcome), '/report.html': '<!doctype html>the report' },
      },
      ['--out', out],
    );

    expect(ended.exitCode).toBe(1);
    expect(ended.out).toMatch(new RegExp(`^status +${status}$`, 'm'));
    expect(ended.out).toContain(join(out, 'report.html'));
    expect(ended.err).toContain(`${error}: ${cause}\n`);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toBe('<!doctype html>the report');
  });

  it('downloads the report of one that failed and prints its outcome as JSON', async () => {
    const out = join(folder, 'failed-json');
    const records = { submitted: 1, succeeded: 0, failed: 1, missing: 0 };
    const outcome = sampleOutcome({ status: 'Failed', records, reportUri: 's3://media-1/runs/run-1/report.html' });
    const objects = { '/outcome.json': JSON.stringify(outcome), '/report.html': '<!doctype html>' };
    const ended = await run({ looks: [{ status: 'FAILED' }], objects }, ['--out', out, '--json']);

    expect(ended.exitCode).toBe(1);
    expect(JSON.parse(ended.out)).toEqual(outcome);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toBe('<!doctype html>');
  });

  it('still names the jobs of a failed run whose outcome cannot be read', async () => {
    const { exitCode, out, err } = await run({
      looks: [{ status: 'FAILED', error: 'RunFailed', cause: 'None.', jobs: [sampleJob({ batchJobArn: sampleArn })] }],
      objects: { '/outcome.json': '{}' },
    });

    expect(exitCode).toBe(1);
    expect(out).toContain(sampleArn);
    expect(err).toContain('RunFailed: None.');
  });

  it('exits with 1 after an execution that timed out', async () => {
    const { exitCode, err } = await run({ looks: [{ status: 'TIMED_OUT' }] });

    expect(exitCode).toBe(1);
    expect(err).toContain('TimedOut: No cause was given.');
  });

  it('watches a run that a user stopped to its end in the execution that resumes it, and exits with 3', async () => {
    const item = sampleRun();
    const resumed = { run: { ...item, executionArns: [...item.executionArns, executionArnOf('run-1-resume-1')] } };
    const outcome = sampleOutcome({ status: 'Stopped', reason: 'The run was stopped by a user.' });
    const { exitCode, out, err } = await run({
      looks: [
        { run: item },
        { status: 'ABORTED', run: item },
        { status: 'ABORTED', ...resumed },
        resumed,
        { status: 'SUCCEEDED', output: outcome, ...resumed },
      ],
    });

    expect(exitCode).toBe(3);
    expect(out).toMatch(/^status +Stopped$/m);
    expect(err).toContain('plan: 120 records in 1 job');
    expect(err).toContain('The run was stopped: within about half an hour its jobs are stopped too');
  });

  it('exits with 3 after a run that a user stopped before it was planned', async () => {
    const { exitCode, err } = await run({ looks: [{}, { status: 'ABORTED', cause: 'Wrong folder.' }] });

    expect(exitCode).toBe(3);
    expect(err).toContain('The run was stopped by a user: Wrong folder.');
  });

  it('says that the run continues, and where, when it may no longer look', async () => {
    const { exitCode, err, started } = await run({
      looks: [{ refusal: { name: 'ExpiredTokenException', httpStatus: 400 } }],
    });

    expect(exitCode).toBe(1);
    expect(err).toContain(
      `The run continues as ${executionArnOf(started[0]?.name ?? '')}, but can no longer be watched`,
    );
    expect(err).toContain('sign in again');
  });

  it('says in one sentence that the stack is of another version', async () => {
    const { exitCode, err } = await run({
      looks: [{ status: 'SUCCEEDED', output: { ...sampleOutcome(), formatVersion: 2 } }],
    });

    expect(exitCode).toBe(1);
    expect(err).toContain('has formatVersion 2, expected 1: use the version of media-batch that wrote it.');
  });
});

describe('finding the stack', () => {
  it('finds it among others by its tags, on any page', async () => {
    const others = ['a', 'b', 'c'].map((name) => ({ name, tags: { team: name } }));
    const { exitCode, started } = await run({
      machines: [...others, { name: 'media', tags: stackTags }],
      looks: [succeeded],
    });

    expect(exitCode).toBe(0);
    expect(started[0]?.stateMachineArn).toBe(arnOf('media'));
  });

  it('says what to do if there is none', async () => {
    const { exitCode, err, started } = await run({ machines: [{ name: 'other' }] });

    expect(exitCode).toBe(1);
    expect(started).toEqual([]);
    expect(err).toContain('no stack of media-batch in us-east-1');
    expect(err).toContain('deploy it with "npx cdk deploy"');
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('skips machines whose tags it may not read, and says so only if it found nothing', async () => {
    const closed = { name: 'closed', closed: true };

    const found = await run({ machines: [closed, { name: 'media', tags: stackTags }], looks: [succeeded] });
    const notFound = await run({ machines: [closed] });

    expect(found.exitCode).toBe(0);
    expect(notFound.err).toContain('the tags of 1 could not be read');
  });

  it('refuses to choose between two and names both', async () => {
    const machines = ['one', 'two'].map((name) => ({ name, tags: stackTags }));
    const { exitCode, err, started } = await run({ machines });

    expect(exitCode).toBe(1);
    expect(started).toEqual([]);
    expect(err).toContain('has 2 stacks of media-batch (');
    expect(err).toContain('): choose one with --stack or --state-machine.');
    expect(err).toContain(arnOf('one'));
    expect(err).toContain(arnOf('two'));
  });

  it('takes the named one of two, without reading the other', async () => {
    const machines = ['one', 'two'].map((name) => ({ name, tags: stackTags }));
    const { exitCode, started, calls } = await run({ machines, looks: [succeeded] }, ['--state-machine', arnOf('two')]);

    expect(exitCode).toBe(0);
    expect(started[0]?.stateMachineArn).toBe(arnOf('two'));
    expect(calls).not.toContain('ListStateMachines');
  });

  it('takes the one of two with the name of a stack, and lists the names', async () => {
    const machines = ['one', 'two'].map((name) => ({
      name,
      tags: { ...stackTags, 'media-batch:stack': `Stack-${name}` },
    }));
    const named = await run({ machines, looks: [succeeded] }, ['--stack', 'Stack-two']);
    const misspelt = await run({ machines }, ['--stack', 'Stack-three']);

    expect(named.exitCode).toBe(0);
    expect(named.started[0]?.stateMachineArn).toBe(arnOf('two'));
    expect(misspelt.exitCode).toBe(1);
    expect(misspelt.err).toContain(
      'no stack of media-batch with the name "Stack-three", expected one of Stack-one, Stack-two',
    );
  });

  it('refuses a named state machine that is not there', async () => {
    const { exitCode, err } = await run({}, ['--state-machine', arnOf('gone')]);

    expect(exitCode).toBe(1);
    expect(err).toContain(`There is no state machine ${arnOf('gone')}`);
  });

  it('refuses a named state machine that is another project’s', async () => {
    const { exitCode, err } = await run({ machines: [{ name: 'other' }] }, ['--state-machine', arnOf('other')]);

    expect(exitCode).toBe(1);
    expect(err).toContain('lacks the tags of a media-batch stack (media-batch:stack, media-batch:bucket, ');
  });
});

describe('a run that is not watched', () => {
  it('prints its ID alone on stdout and looks at nothing', async () => {
    const { exitCode, out, started, calls } = await run({}, ['--detach']);

    expect(exitCode).toBe(0);
    expect(out).toBe(`${started[0]?.name}\n`);
    expect(calls).not.toContain('DescribeExecution');
  });

  it('has no results to download', async () => {
    const { exitCode, err, started } = await run({}, ['--detach', '--out', folder]);

    expect({ exitCode, started }).toEqual({ exitCode: 1, started: [] });
    expect(err).toContain('use "media-batch results" later.');
  });
});

describe('an interrupted run', () => {
  it('exits with 130 and says that the run continues and how to watch it', async () => {
    await using aws = await startFakeAws({ looks: [{ jobs: [sampleJob()] }] });
    const { context, written, interrupt } = capturedContext({ environment: { AWS_ENDPOINT_URL: aws.url } });
    const { pause } = context;
    const pauseOnce = (ms: number, signal: AbortSignal) => {
      interrupt();
      return pause(ms, signal);
    };

    const exitCode = await main(['run', requestFile], { ...context, pause: pauseOnce });

    expect(exitCode).toBe(130);
    expect(written.err).toContain(
      `The run continues; watch it again with: media-batch status --watch ${aws.started[0]?.name}\n`,
    );
  });

  it('starts nothing when it was interrupted before the start', async () => {
    await using aws = await startFakeAws();
    const { context, interrupt } = capturedContext({ environment: { AWS_ENDPOINT_URL: aws.url } });
    interrupt();

    const exitCode = await main(['run', requestFile], context);

    expect(exitCode).toBe(130);
    expect(aws.started).toEqual([]);
  });

  it('starts nothing when it is interrupted during the search for the run to retry', async () => {
    const { context, interrupt } = capturedContext();
    await using aws = await startFakeAws({ onCall: (action) => action === 'DescribeExecution' && interrupt() });
    const environment = { AWS_ENDPOINT_URL: aws.url };

    const exitCode = await main(['run', '--retry', 'run-1'], { ...context, environment });

    expect(aws.calls).toContain('DescribeExecution');
    expect({ exitCode, started: aws.started }).toEqual({ exitCode: 130, started: [] });
  });
});

describe('a connection that fails', () => {
  it('is one sentence that names the endpoint', async () => {
    const { context, written } = capturedContext({ environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } });

    const exitCode = await main(['run', requestFile], context);

    expect(exitCode).toBe(1);
    expect(written.err).toMatch(
      /^error: The local AWS at http:\/\/127\.0\.0\.1:1 does not answer \(ECONNREFUSED\): .+\n$/,
    );
  });

  it('shows its stack trace only with --debug', async () => {
    const { context, written } = capturedContext({ environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } });

    await main(['run', requestFile, '--debug'], context);

    expect(written.err).toMatch(/\n +at .*session\.ts/);
    expect(written.err).toContain('caused by Error: connect ECONNREFUSED');
  });
});
