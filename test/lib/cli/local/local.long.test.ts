import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runTable } from '../../../../lambdas/shared/aws/dynamodb/run-table.ts';
import { models } from '../../../../lambdas/shared/domain/model/models.ts';
import { isOpen } from '../../../../lambdas/shared/domain/run/run.ts';
import { local } from '../../../../lib/cli/local/local.ts';
import { main } from '../../../../lib/cli/main.ts';
import { startLocalAws } from '../../../../lib/local-aws/start.ts';
import { localConnection } from '../../../../lib/program/connection.ts';
import { sampleMediaFolder } from '../../../support/clips.ts';
import { capturedContext } from '../captured-context.ts';
import { bareEnvironment, bin, runNode } from '../child.ts';

const readySchema = z.strictObject({
  endpoint: z.url(),
  bucket: z.string(),
  stateMachineArn: z.string(),
  bedrockRoleArn: z.string(),
  tableName: z.string(),
  functions: z.record(z.string(), z.string()),
});

let folder = '';
let child: ChildProcess;
let ready: z.infer<typeof readySchema>;
const printed: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-batch-local-'));
  child = spawn(process.execPath, [bin, 'local', '--port', '0', '--data', join(folder, 'data')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: bareEnvironment(folder),
  });
  if (child.stdout === null) throw new Error('The local AWS has no stdout.');
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => printed.push(line));
  await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  ready = readySchema.parse(JSON.parse(printed[0] ?? 'null'));
});

afterAll(async () => {
  child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

async function runRequest(request: object) {
  const file = join(folder, 'request.json');
  await writeFile(file, JSON.stringify(request));
  return runNode([bin, 'run', file], { env: { ...bareEnvironment(folder), AWS_ENDPOINT_URL: ready.endpoint } });
}

/** Tries to start another one in this process, from what the first one has synthesized. */
async function another(port: number, data: string) {
  const assembly = join(folder, 'data/cdk.out');
  const template = (await readdir(assembly)).find((name) => name.endsWith('.template.json')) ?? 'none';
  const { context, written } = capturedContext();
  const ending = local({ port, data, clock: 'fast' }, context, ({ dataFolder }) =>
    startLocalAws({ models, templateFile: join(assembly, template), dataFolder, port }),
  );
  await expect(ending).rejects.toThrow();
  return { message: await ending.catch((error: Error) => error.message), out: written.out };
}

describe('local', () => {
  it('prints one JSON line when it is ready, and nothing else on stdout', () => {
    expect(printed).toHaveLength(1);
    expect(ready.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ready.stateMachineArn).toMatch(/^arn:aws:states:us-east-1:\d{12}:stateMachine:/);
    expect(ready.bedrockRoleArn).toMatch(/^arn:aws:iam::\d{12}:role\//);
    expect(Object.keys(ready.functions)).toContain('clean-up');
  });

  it('lets "run" succeed with nothing configured but AWS_ENDPOINT_URL', async () => {
    const s3 = new S3Client({ ...localConnection(ready.endpoint).client, forcePathStyle: true });
    const Key = 'proxies/GX010387.MP4';
    const Body = await readFile(join(sampleMediaFolder, Key));
    await s3.send(new PutObjectCommand({ Bucket: ready.bucket, Key, Body, ContentType: 'video/mp4' }));
    s3.destroy();

    const { exitCode, out, err } = await runRequest({ media: { prefixes: ['proxies/'] }, analyses: ['summary'] });

    expect(err).toMatch(/^run run-\S+ started in /);
    expect(err).toMatch(/^job \S+ Completed 100\/100 \(99 of them padding\)$/m);
    expect(out).toMatch(/^records +1 of 1 succeeded, and 99 of padding$/m);
    expect(out).toMatch(/^batchJobArn +arn:aws:bedrock:us-east-1:\d{12}:model-invocation-job\/[a-z0-9]{12}$/m);
    expect(exitCode).toBe(0);
  });

  it('lets "run" show the refusal of a request', async () => {
    const { exitCode, out, err } = await runRequest({ media: { prefixes: ['empty/'] } });

    expect(exitCode).toBe(1);
    expect(out).toMatch(/^status +Refused$/m);
    expect(err).toMatch(/^RequestRefused: Prefix "empty\/" of the request has no object .+$/m);
  });

  it('lets time pass after an execution was stopped, so that recovery ends the run', async () => {
    const { client } = localConnection(ready.endpoint);
    const states = new SFNClient(client);
    const table = runTable(new DynamoDBClient(client), ready.tableName);
    const input = JSON.stringify({ media: { prefixes: ['proxies/'] } });
    const { stateMachineArn } = ready;
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, name: 'stopped', input }));
    while ((await table.getRun('stopped')) === undefined) {}

    await states.send(new StopExecutionCommand({ executionArn }));

    // However far it had come: it ends, by the execution that recovery starts.
    for (let run = await table.getRun('stopped'); run && isOpen(run); ) run = await table.getRun('stopped');
    expect((await table.getRun('stopped'))?.executionArns.at(-1)).toMatch(/stopped(-resume-1)?$/);
  });

  it('refuses a port that is in use', async () => {
    const port = Number(new URL(ready.endpoint).port);
    const { message, out } = await another(port, join(folder, 'other'));

    expect(message).toMatch(new RegExp(`^Port ${port} is in use.+--port\\.$`));
    expect(out).toBe('');
  });

  it('refuses a data folder that another one uses', async () => {
    const { message, out } = await another(0, join(folder, 'data'));

    expect(message).toMatch(/^The data folder .+ in use/);
    expect(out).toBe('');
  });

  it('exits with 0 when an interruption makes its start fail', async () => {
    const { context, written, interrupt } = capturedContext();
    const start = () => {
      interrupt();
      return Promise.reject(new Error('The service was stopped'));
    };

    expect(await local({ port: 0, data: folder, clock: 'fast' }, context, start)).toBe(0);
    expect(written.out).toBe('');
  });

  it('passes on the failures to simulate', async () => {
    const { context } = capturedContext();
    const started: object[] = [];
    const start = (options: object) => {
      started.push(options);
      return Promise.reject(new Error('enough'));
    };

    const options = { port: 0, data: folder, clock: 'fast', scenario: 'bad-day.json', seed: 7 } as const;
    await expect(local(options, context, start)).rejects.toThrow('enough');
    expect(started).toEqual([expect.objectContaining({ scenario: 'bad-day.json', seed: 7 })]);
  });

  it.each(['-1', '1.5', 'seven', '4294967296'])('refuses the seed %s', async (seed) => {
    const { context, written } = capturedContext();

    expect(await main(['local', `--seed=${seed}`], context)).toBe(1);
    expect(written.err).toContain('Expected a whole number from 0 to 4294967295');
  });

  it('refuses a data folder that is a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { context, written } = capturedContext();

    expect(await main(['local', '--data', file], context)).toBe(1);
    expect(written.err).toContain(
      `error: The data folder ${file} cannot be created (EEXIST): choose another with --data.`,
    );
  });

  it('ends with its processes and exit code 0 at Ctrl-C, even if npm forwards the signal a second time', async () => {
    const { pid = 0 } = child;
    const processes = (await procFile(`${pid}/task/${pid}/children`)).trim().split(' ').filter(Boolean);
    const exited = once(child, 'exit');

    child.kill('SIGINT');
    child.kill('SIGINT');

    expect(await exited).toEqual([0, null]);
    await expect.poll(() => running(processes)).toEqual([]);
    expect(printed).toHaveLength(1);
  });

  it('ends when the npm that started it is killed', async () => {
    const command = [process.execPath, bin, 'local', '--port', '0', '--data', join(folder, 'under-npm')];
    const npm = spawn('sh', ['-c', '"$0" "$@"; exit $?', ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...bareEnvironment(folder), npm_lifecycle_event: 'media-batch' },
    });
    const lines = createInterface(npm.stdout);
    // The pipe closes when the last process that can write to it has ended.
    const ended = once(lines, 'close');
    await once(lines, 'line');

    npm.kill('SIGKILL');

    await ended;
  });
});

/** What Linux tells about processes; nothing on other systems. */
async function procFile(path: string): Promise<string> {
  return readFile(join('/proc', path), 'utf8').catch(() => '');
}

/** Those of the processes that still run; one that has ended may stay in the list as a zombie. */
async function running(processIds: readonly string[]): Promise<string[]> {
  const states = await Promise.all(
    processIds.map(async (id) => /\) (\S)/.exec(await procFile(`${id}/stat`))?.[1] ?? 'Z'),
  );
  return processIds.filter((_, at) => states[at] !== 'Z');
}
