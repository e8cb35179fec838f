import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, fastClock } from '../../../../lib/local-aws/clock.ts';
import { type Endpoint, startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import { type Access, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { policySchema } from '../../../../lib/local-aws/iam/statements.ts';
import { type Lambda, lambdaService } from '../../../../lib/local-aws/lambda/service.ts';
import type { Service } from '../../../../lib/local-aws/service.ts';
import { administrator } from '../../../support/administrator.ts';

const bundles: Record<string, string> = {
  echo: `export const handler = async (event, context) =>
    ({ event, context, left: context.getRemainingTimeInMillis() });`,
  nothing: 'export const handler = async () => {};',
  fails: `export const handler = async () => {
    throw Object.assign(new Error('Bedrock is busy.'), { name: 'Throttled' });
  };`,
  'throws-text': "export const handler = async () => { throw 'just text'; };",
  'rejects-aside': `export const handler = async () => {
    Promise.reject(new Error('nobody waits for me'));
    await new Promise(() => {});
  };`,
  exits: 'export const handler = async () => process.exit(3);',
  'exits-cleanly': 'export const handler = async () => process.exit(0);',
  'is-killed':
    "export const handler = async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); };",
  hangs: 'let calls = 0; export const handler = async () => { calls += 1; await new Promise(() => {}); };',
  spins: 'export const handler = async () => { for (;;); };',
  'hangs-once': `import { existsSync, writeFileSync } from 'node:fs';
    export const handler = async ({ mark }) => {
      if (existsSync(mark)) return process.pid;
      writeFileSync(mark, '');
      await new Promise(() => {});
    };`,
  environment: `export const handler = async () =>
      ({ environment: process.env, cwd: process.cwd(), send: typeof process.send, flags: process.execArgv });`,
  counts: 'let calls = 0; export const handler = async () => ({ calls: ++calls, pid: process.pid });',
  meets: `import { readdirSync, writeFileSync } from 'node:fs';
    export const handler = async ({ folder, name, expected }) => {
      writeFileSync(folder + '/' + name, '');
      while (readdirSync(folder).length < expected) await new Promise((resolve) => setTimeout(resolve, 5));
      return process.pid;
    };`,
  dates: `const loadedAt = Date.now();
    export const handler = async () => ({
      loadedAt, now: Date.now(), date: new Date().toISOString(), text: Date(), year: new Date(2001, 1).getFullYear(),
      isDate: new Date() instanceof Date && new Date().constructor === Date,
    });`,
  big: "export const handler = async ({ bytes }) => 'x'.repeat(bytes - 2);",
  length: 'export const handler = async ({ text }) => text.length;',
  logs: "export const handler = async () => { console.log('Job:Planned'); console.error('on stderr'); };",
  'no-handler': 'export const main = async () => {};',
  'no-module': "import 'not-in-the-bundle'; export const handler = async () => {};",
  'bad-syntax': 'export const handler = async ( => {};',
  interrupted: `export const handler = async () => {
    process.kill(process.pid, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 'still here';
  };`,
  'bad-start': "throw Object.assign(new Error('TABLE_NAME is missing.'), { name: 'BadEnvironment' });",
};

const startAt = Date.UTC(2031, 4, 1, 12);
const [accountId, region] = ['000000000000', 'eu-central-1'];
let folder: string;
let clock: Clock;
let lambda: Lambda;
let access: Access;
let endpoint: Endpoint;
let client: LambdaClient;

/** The records that destinations got. */
const sent: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lambda-'));
  clock = fastClock(startAt);
  const services: Record<string, Service> = {};
  access = administrator();
  endpoint = await startEndpoint(0, clock, services, access);
  lambda = lambdaService({
    ...{ clock, accountId, region, dataFolder: folder, endpointUrl: endpoint.url },
    sendRecord: (roleArn, destinationArn, record) => void sent.push({ roleArn, destinationArn, ...JSON.parse(record) }),
  });
  services.lambda = lambda.service;
  client = new LambdaClient({
    endpoint: endpoint.url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  for (const [name, source] of Object.entries(bundles)) createFunction(name, source);
});

afterAll(async () => {
  client.destroy();
  await endpoint.close();
  await lambda.close();
  rmSync(folder, { recursive: true });
});

function createFunction(functionName: string, source: string, settings: { timeoutSeconds?: number } = {}) {
  const codeFolder = join(folder, 'code', functionName);
  mkdirSync(codeFolder, { recursive: true });
  writeFileSync(join(codeFolder, 'index.mjs'), source);
  return lambda.createFunction({
    functionName,
    codeFolder,
    handler: 'index.handler',
    roleArn: `arn:aws:iam::${accountId}:role/${functionName}`,
    timeoutSeconds: settings.timeoutSeconds ?? 30,
    memoryMiB: 256,
    environment: { TABLE_NAME: 'runs', AWS_REGION: 'not-this-one' },
  });
}

async function invoke(FunctionName: string, event?: unknown, input: Partial<InvokeCommandInput> = {}) {
  const Payload = event === undefined ? undefined : JSON.stringify(event);
  const { Payload: answer, ...rest } = await client.send(new InvokeCommand({ FunctionName, Payload, ...input }));
  return { ...rest, answer: answer?.length ? JSON.parse(Buffer.from(answer).toString()) : undefined };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('an invocation', () => {
  it('passes the event and a context to the handler, and returns its result', async () => {
    const { StatusCode, FunctionError, ExecutedVersion, answer } = await invoke('echo', { key: 'proxies/ä.mp4' });

    expect({ StatusCode, FunctionError, ExecutedVersion }).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.event).toEqual({ key: 'proxies/ä.mp4' });
    expect(answer.context).toMatchObject({
      functionName: 'echo',
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:echo`,
      memoryLimitInMB: '256',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(answer.left).toBeGreaterThan(0);
    expect(answer.left).toBeLessThanOrEqual(30_000);
  });

  it('gives the handler an empty object when there is no event', async () => {
    expect((await invoke('echo')).answer.event).toEqual({});
  });

  it('answers null when the handler returns nothing', async () => {
    expect((await invoke('nothing', {})).answer).toBeNull();
  });

  it('finds a function by name, version and ARN, and a version keeps its number', async () => {
    const arn = createFunction('versioned', bundles.echo ?? '');
    const versionArn = lambda.publishVersion('versioned');
    const references = [`versioned:1`, versionArn, `${accountId}:function:versioned:1`];

    for (const reference of references) {
      const { ExecutedVersion, answer } = await invoke(reference, {});
      expect({ ExecutedVersion, arn: answer.context.invokedFunctionArn }).toEqual({
        ExecutedVersion: '1',
        arn: versionArn,
      });
    }
    expect((await invoke(arn, {}, { Qualifier: '1' })).ExecutedVersion).toBe('1');
    expect((await invoke(arn, {})).ExecutedVersion).toBe('$LATEST');
    expect(lambda.publishVersion('versioned')).toBe(`${arn}:2`);
  });

  it('still finds a published version with its own code after the function has got other code', async () => {
    createFunction('changes', "export const handler = async () => 'old';");
    const old = lambda.publishVersion('changes');
    const codeFolder = join(folder, 'code', 'changed');
    mkdirSync(codeFolder);
    writeFileSync(join(codeFolder, 'index.mjs'), "export const handler = async () => 'new';");
    const settings = { handler: 'index.handler', roleArn: 'role', timeoutSeconds: 30, memoryMiB: 128, environment: {} };

    const arn = lambda.createFunction({ functionName: 'changes', codeFolder, ...settings });

    expect((await invoke(old, {})).answer).toBe('old');
    expect((await invoke(arn, {})).answer).toBe('new');
    expect(lambda.publishVersion('changes')).toBe(`${arn}:2`);
    expect((await invoke(`${arn}:2`, {})).answer).toBe('new');
  });

  it.each([
    'nobody',
    'echo:7',
    `arn:aws:lambda:${region}:${accountId}:function:nobody:1`,
    `arn:aws:lambda:${region}:999999999999:function:echo`,
    `arn:aws:lambda:xx-${region}:${accountId}:function:echo`,
  ])('refuses %s, which does not exist, by name', async (reference) => {
    const refusal = await invoke(reference, {}).catch((error) => error);

    expect(refusal).toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } });
    expect(refusal.message).toContain(reference);
  });

  it('refuses an event that is no JSON', async () => {
    const refusal = await invoke('echo', undefined, { Payload: '{"key":' }).catch((error) => error);

    expect(refusal).toMatchObject({ name: 'InvalidRequestContentException', $metadata: { httpStatusCode: 400 } });
  });
});

describe('a role', () => {
  const arn = `arn:aws:lambda:${region}:${accountId}:function:guarded`;

  /** What comes of an invocation by a role that may invoke `allowed`: the executed version, or the error. */
  async function invokeAs(allowed: string, FunctionName: string, Qualifier?: string) {
    const roleArn = `arn:aws:iam::${accountId}:role/invoker-of-${allowed}`;
    access.addRole(roleArn, []);
    const Statement = [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: allowed }];
    access.addToRole(roleArn, policySchema.parse({ Version: '2012-10-17', Statement }));
    const credentials = credentialsOf(roleArn);
    const ownClient = new LambdaClient({ endpoint: endpoint.url, region, credentials, maxAttempts: 1 });
    return await ownClient
      .send(new InvokeCommand({ FunctionName, Qualifier }))
      .then(({ ExecutedVersion }) => ExecutedVersion)
      .finally(() => ownClient.destroy());
  }

  it('invokes what it may, and what it names with a version it needs for that version', async () => {
    createFunction('guarded', bundles.nothing ?? '');
    lambda.publishVersion('guarded');

    expect(await invokeAs(arn, 'guarded')).toBe('$LATEST');
    expect(await invokeAs(`${arn}:*`, 'guarded', '1')).toBe('1');
    const denied = {
      name: 'AccessDeniedException',
      message: expect.stringContaining(`not authorized to perform: lambda:InvokeFunction on resource: ${arn}`),
      $metadata: { httpStatusCode: 403 },
    };
    await expect(invokeAs(arn, 'guarded:1')).rejects.toMatchObject(denied);
    await expect(invokeAs(arn, arn, '1')).rejects.toMatchObject(denied);
    await expect(invokeAs(`${arn}:*`, arn)).rejects.toMatchObject(denied);
  });

  it('is refused before anybody looks whether there is such a function', async () => {
    await expect(invokeAs(arn, 'nobody')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('an error', () => {
  it('is reported under its name, with message and trace', async () => {
    const { StatusCode, FunctionError, answer } = await invoke('fails', {});

    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(answer).toMatchObject({ errorType: 'Throttled', errorMessage: 'Bedrock is busy.' });
    expect(answer.trace[0]).toBe('Throttled: Bedrock is busy.');
  });

  it('leaves the process usable', async () => {
    createFunction(
      'fails-first',
      'let calls = 0; export const handler = async () => { if (!calls++) throw new Error(); return calls; };',
    );

    expect((await invoke('fails-first', {})).answer).toMatchObject({ errorType: 'Error' });
    expect((await invoke('fails-first', {})).answer).toBe(2);
  });

  it.each([
    ['throws-text', 'string', 'just text'],
    ['rejects-aside', 'Runtime.UnhandledPromiseRejection', 'Error: nobody waits for me'],
    ['no-handler', 'Runtime.HandlerNotFound', 'index.handler is undefined or not exported'],
    ['no-module', 'Runtime.ImportModuleError', expect.stringContaining('not-in-the-bundle')],
    ['bad-syntax', 'Runtime.UserCodeSyntaxError', expect.stringContaining('SyntaxError')],
    ['bad-start', 'BadEnvironment', 'TABLE_NAME is missing.'],
    [
      'exits',
      'Runtime.ExitError',
      expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/),
    ],
    ['exits-cleanly', 'Runtime.ExitError', expect.stringContaining('Runtime exited')],
    ['is-killed', 'Runtime.ExitError', expect.stringMatching(/Runtime exited with error: signal: SIGKILL$/)],
  ])('of %s is a %s', async (functionName, errorType, errorMessage) => {
    const { FunctionError, answer } = await invoke(functionName, {});

    expect({ FunctionError, ...answer }).toMatchObject({ FunctionError: 'Unhandled', errorType, errorMessage });
    expect((await invoke(functionName, {})).answer.errorType).toBe(errorType);
  });

  it('is Runtime.ImportModuleError when the bundle lacks the file that the handler names', async () => {
    const codeFolder = mkdtempSync(join(folder, 'empty-'));
    lambda.createFunction({
      functionName: 'empty',
      codeFolder,
      handler: 'index.handler',
      roleArn: 'role',
      timeoutSeconds: 3,
      memoryMiB: 128,
      environment: {},
    });

    expect((await invoke('empty', {})).answer).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: "Error: Cannot find module 'index'",
    });
  });
});

describe('a timeout', () => {
  it.each(['hangs', 'spins'])('ends a function that %s', async (source) => {
    const functionName = `${source}-a-second`;
    createFunction(functionName, bundles[source] ?? '', { timeoutSeconds: 1 });

    const { FunctionError, answer } = await invoke(functionName, {});

    expect({ FunctionError, errorType: answer.errorType }).toEqual({
      FunctionError: 'Unhandled',
      errorType: 'Sandbox.Timedout',
    });
    expect(answer.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/);
  });

  it('leaves the next invocation a new process', async () => {
    createFunction('hangs-once', bundles['hangs-once'] ?? '', { timeoutSeconds: 1 });
    const event = { mark: join(folder, 'hung') };

    expect((await invoke('hangs-once', event)).answer.errorType).toBe('Sandbox.Timedout');
    expect((await invoke('hangs-once', event)).answer).toBeGreaterThan(0);
  });
});

describe('a process', () => {
  it('has the environment of the template and of Lambda, and nothing of ours', async () => {
    process.env.LOCAL_AWS_TEST_SECRET = 'not for functions';

    const { answer } = await invoke('environment', {}).finally(() => delete process.env.LOCAL_AWS_TEST_SECRET);

    expect(answer.environment).toEqual({
      TABLE_NAME: 'runs',
      TZ: 'UTC',
      LANG: 'en_US.UTF-8',
      _HANDLER: 'index.handler',
      LAMBDA_TASK_ROOT: join(folder, 'code', 'environment'),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/environment',
      AWS_ACCESS_KEY_ID: credentialsOf(`arn:aws:iam::${accountId}:role/environment`).accessKeyId,
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_SESSION_TOKEN: expect.any(String),
      AWS_ENDPOINT_URL: endpoint.url,
    });
    expect(answer.cwd).toBe(join(folder, 'code', 'environment'));
    expect(answer.send).toBe('undefined');
    expect(answer.flags).toEqual(['--max-old-space-size=256']);
  });

  it('stays warm for the next invocation', async () => {
    const first = (await invoke('counts', {})).answer;
    const second = (await invoke('counts', {})).answer;

    expect([first.calls, second.calls]).toEqual([1, 2]);
    expect(second.pid).toBe(first.pid);
  });

  it('serves one invocation at a time: invocations at once get one each', async () => {
    const meeting = mkdtempSync(join(folder, 'meeting-'));
    const names = ['a', 'b', 'c', 'd'];

    const pids = await Promise.all(
      names.map(async (name) => (await invoke('meets', { folder: meeting, name, expected: names.length })).answer),
    );

    expect(new Set(pids).size).toBe(names.length);
  });

  it('is waited for when there are many: twenty invocations at once all answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await invoke('counts', {})).answer.pid));

    expect(answers).toHaveLength(20);
    expect(new Set(answers).size).toBeLessThanOrEqual(8);
  });

  it('does not end by a Ctrl-C in the terminal of the local AWS', async () => {
    expect((await invoke('interrupted', {})).answer).toBe('still here');
  });

  it('ends with a local AWS that is killed', async () => {
    const module = new URL('../../../../lib/local-aws/lambda/service.ts', import.meta.url).href;
    const configuration = {
      functionName: 'counts-elsewhere',
      codeFolder: join(folder, 'code', 'counts'),
      handler: 'index.handler',
      roleArn: 'role',
      timeoutSeconds: 30,
      memoryMiB: 128,
      environment: {},
    };
    const script = `
      const { lambdaService } = await import(${JSON.stringify(module)});
      const clock = { now: Date.now, run: (work) => work() };
      const [account, dataFolder] = [{ accountId: '${accountId}', region: '${region}' }, process.argv[1]];
      const lambda = lambdaService({ clock, ...account, dataFolder, endpointUrl: '' });
      const { payload } = await lambda.invoke(lambda.createFunction(${JSON.stringify(configuration)}), '{}');
      process.stdout.write(payload, () => process.kill(process.pid, 'SIGKILL'));`;

    const killed = spawnSync(process.execPath, ['--input-type=module', '--eval', script, folder], { encoding: 'utf8' });

    const { pid } = JSON.parse(killed.stdout);
    expect(killed.signal).toBe('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('ends with the service', async () => {
    const other = lambdaService({ clock, accountId, region, dataFolder: folder, endpointUrl: endpoint.url });
    const arn = other.createFunction({
      functionName: 'counts-again',
      codeFolder: join(folder, 'code', 'counts'),
      handler: 'index.handler',
      roleArn: 'role',
      timeoutSeconds: 30,
      memoryMiB: 128,
      environment: {},
    });
    const { pid } = JSON.parse((await other.invoke(arn, '{}')).payload);

    await other.close();

    expect(isRunning(pid)).toBe(false);
    expect(readFileSync(join(folder, 'logs', 'counts-again.log'), 'utf8')).toMatch(
      /^START .*\nREPORT .*\nEND .* succeeded\n$/,
    );
    await expect(other.invoke(arn, '{}')).rejects.toThrow('The local AWS is ending');
  });
});

describe('the time', () => {
  it('of a function is that of the local AWS, and passes during the invocation', async () => {
    const first = (await invoke('dates', {})).answer;
    await clock.sleep(86_400_000);
    const second = (await invoke('dates', {})).answer;

    const oneMinute = 60_000;
    expect(first.loadedAt).toBeGreaterThanOrEqual(startAt);
    expect(first.now).toBeGreaterThanOrEqual(startAt);
    expect(first.now).toBeLessThan(startAt + oneMinute);
    expect(new Date(first.date).getTime()).toBeGreaterThanOrEqual(first.now);
    expect(first).toMatchObject({ text: expect.stringContaining('2031'), year: 2001, isDate: true });
    expect(second.now).toBeGreaterThanOrEqual(startAt + 86_400_000);
    expect(second.now).toBeLessThan(startAt + 86_400_000 + oneMinute);
  });
});

describe('the size', () => {
  const limit = 6 * 1024 ** 2;

  it('of an event may be 6 MB', async () => {
    const text = 'x'.repeat(limit - '{"text":""}'.length);

    expect((await invoke('length', { text })).answer).toBe(text.length);
  });

  it('of an event may not be a byte more', async () => {
    const text = 'x'.repeat(limit - '{"text":""}'.length + 1);

    const refusal = await invoke('length', { text }).catch((error) => error);

    expect(refusal.name).toBe('RequestEntityTooLargeException');
    expect(refusal.message).toBe(
      '6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)',
    );
  });

  it('of an asynchronous event may be 1 MB', () => {
    const text = 'x'.repeat(1024 ** 2);

    expect(() => lambda.invokeLater('length', JSON.stringify({ text }))).toThrow('limit 1048576 bytes');
  });

  it('of an answer may be 6 MB and 100 bytes', async () => {
    expect((await invoke('big', { bytes: limit + 100 })).answer).toHaveLength(limit + 98);
  });

  it('of an answer may not be a byte more', async () => {
    const { FunctionError, answer } = await invoke('big', { bytes: limit + 101 });

    expect({ FunctionError, ...answer }).toEqual({
      FunctionError: 'Unhandled',
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
  });
});

describe('an asynchronous invocation', () => {
  it('answers at once and is repeated after one and two minutes while it fails', async () => {
    const attempts = join(folder, 'attempts');
    createFunction(
      'notes-and-fails',
      `import { appendFileSync } from 'node:fs';
      export const handler = async ({ file }, { awsRequestId }) => {
        appendFileSync(file, Math.floor((Date.now() - ${clock.now()}) / 60_000) + '\\n');
        throw new Error();
      };`,
    );

    lambda.invokeLater('notes-and-fails', JSON.stringify({ file: attempts }));
    expect(existsSync(attempts)).toBe(false);
    await clock.sleep(3_600_000);

    expect(readFileSync(attempts, 'utf8')).toBe('0\n1\n3\n');
  });

  it('sends the record of three failures to its version’s destination only, as the function’s role', async () => {
    createFunction(
      'fails-twice',
      `let calls = 0;
      export const handler = async ({ times }) => {
        if (++calls <= times) throw Object.assign(new Error('Not yet.'), { name: 'TooEarly' });
      };`,
    );
    const version = lambda.publishVersion('fails-twice');
    lambda.setOnFailure('fails-twice:1', 'arn:queue');
    lambda.invokeLater('fails-twice', '{"times":3}');
    lambda.invokeLater(version, '{"times":2}');
    await clock.sleep(3_600_000);
    expect(sent).toEqual([]);

    lambda.invokeLater(version, '{"times":9}');
    await clock.sleep(3_600_000);

    expect(sent).toMatchObject([
      {
        ...{ roleArn: `arn:aws:iam::${accountId}:role/fails-twice`, destinationArn: 'arn:queue', version: '1.0' },
        requestContext: { functionArn: version, condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        requestPayload: { times: 9 },
        responseContext: { executedVersion: '1', functionError: 'Unhandled' },
        responsePayload: { errorType: 'TooEarly', errorMessage: 'Not yet.' },
      },
    ]);
  });

  it('is not repeated once it succeeds', async () => {
    const before = (await invoke('counts', {})).answer.calls;

    lambda.invokeLater('counts', '{}');
    await clock.sleep(3_600_000);

    expect((await invoke('counts', {})).answer.calls).toBe(before + 2);
  });
});

describe('the log', () => {
  it('has what the function printed, between its start and its end', async () => {
    await invoke('logs', {});

    const log = readFileSync(join(folder, 'logs', 'logs.log'), 'utf8');
    const report = 'REPORT RequestId: \\S+\tDuration: [\\d.]+ ms\tMemory Size: \\d+ MB\tMax Memory Used: \\d+ MB\n';
    expect(log).toMatch(
      new RegExp(`^START RequestId: .*\nJob:Planned\non stderr\n${report}END RequestId: .* succeeded\n$`),
    );
  });

  it('has the errors too', async () => {
    await invoke('bad-start', {});

    const log = join(folder, 'logs', 'bad-start.log');
    expect(existsSync(log) && readFileSync(log, 'utf8')).toContain('ERROR BadEnvironment: TABLE_NAME is missing.');
  });
});
