import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';

/** A state machine in the account. */
export interface FakeMachine {
  name: string;
  tags?: Record<string, string>;
  type?: 'STANDARD' | 'EXPRESS';
  /** Its tags may not be read. */
  closed?: boolean;
}

/** What one look at the run finds: the execution and its jobs, or the error that Step Functions answers. */
export interface FakeLook {
  status?: string;
  output?: unknown;
  error?: string;
  cause?: string;
  jobs?: Job[];
  /** The run's item, where it has one. */
  run?: Run;
  refusal?: { name: string; httpStatus: number };
}

export const stackTags = {
  'media-batch:bucket': 'media-1',
  'media-batch:table': 'table-1',
  'media-batch:bedrock-role': 'arn:aws:iam::123456789012:role/bedrock-1',
  'media-batch:clean-up': 'clean-up-1',
  'media-batch:results': 'results/',
  'media-batch:runs': 'runs/',
  'media-batch:stack': 'MediaBatch',
};

/** What one invocation of a function answers. */
export interface FakeInvocation {
  output: unknown;
  isError?: boolean;
}

export const arnOf = (name: string) => `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;

/** An account over HTTP whose runs go as a test says; two state machines a page, and the last look repeats. */
export async function startFakeAws({
  machines = [{ name: 'media', tags: stackTags }],
  looks = [],
  invocations = [],
  objects = {},
  onCall = () => {},
}: {
  machines?: FakeMachine[];
  looks?: FakeLook[];
  /** What functions answer, one after the other. */
  invocations?: FakeInvocation[];
  /** The bucket's objects, by the ends of their keys. */
  objects?: Record<string, string>;
  /** What happens while an action is answered, e.g. Ctrl-C. */
  onCall?: (action: string) => void;
} = {}) {
  const started: { name: string; input: unknown; stateMachineArn: string }[] = [];
  const invoked: { path: string; input: unknown }[] = [];
  const calls: string[] = [];
  let looksTaken = 0;
  let current: FakeLook = {};

  function answerTo(action: string, input: Record<string, string>): Answer {
    switch (action) {
      case 'AWSStepFunctions.ListStateMachines': {
        const from = Number(input.nextToken ?? 0);
        const page = machines.slice(from, from + 2);
        const stateMachines = page.map(({ name, type = 'STANDARD' }) => {
          return { stateMachineArn: arnOf(name), name, type, creationDate: 0 };
        });
        const nextToken = from + 2 < machines.length ? String(from + 2) : undefined;
        return ok({ stateMachines, nextToken });
      }
      case 'AWSStepFunctions.ListTagsForResource': {
        const machine = machines.find(({ name }) => arnOf(name) === input.resourceArn);
        if (machine === undefined) return refusal('ResourceNotFound', 400);
        if (machine.closed) return refusal('AccessDeniedException', 400);
        const tags = Object.entries(machine.tags ?? {}).map(([key, value]) => ({ key, value }));
        return ok({ tags });
      }
      case 'AWSStepFunctions.StartExecution': {
        const { name = '', input: request = '', stateMachineArn = '' } = input;
        started.push({ name, input: JSON.parse(request), stateMachineArn });
        return ok({ executionArn: executionArnOf(name), startDate: 0 });
      }
      case 'AWSStepFunctions.DescribeExecution': {
        current = looks[Math.min(looksTaken, looks.length - 1)] ?? {};
        looksTaken += 1;
        if (current.refusal) return refusal(current.refusal.name, current.refusal.httpStatus);
        const { status = 'RUNNING', error, cause } = current;
        const output = current.output === undefined ? undefined : JSON.stringify(current.output);
        const { executionArn } = input;
        return ok({ executionArn, stateMachineArn: '', startDate: 0, status, output, error, cause });
      }
      case 'DynamoDB_20120810.GetItem':
        return ok({
          Item:
            current.run && fieldsOf({ pk: `RUN#${current.run.runId}`, sk: 'RUN', formatVersion: 1, ...current.run }),
        });
      case 'DynamoDB_20120810.Query':
        return ok({
          Items: (current.jobs ?? []).map((job) =>
            fieldsOf({ pk: `RUN#${job.runId}`, sk: `JOB#${job.jobName}`, formatVersion: 1, ...job }),
          ),
        });
      default:
        return refusal(`NotImplemented:${action}`, 501);
    }
  }

  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/2015-03-31/functions/')) {
      const answer = invocations[invoked.length];
      invoked.push({ path: request.url, input: JSON.parse(await text(request)) });
      if (answer?.isError) response.setHeader('x-amz-function-error', 'Unhandled');
      response.end(JSON.stringify(answer?.output ?? null));
      return;
    }
    if (request.method === 'GET') {
      const path = new URL(request.url ?? '', 'http://localhost').pathname;
      const [, body] = Object.entries(objects).find(([key]) => path.endsWith(key)) ?? [];
      response.writeHead(body === undefined ? 404 : 200, { etag: '"e"' });
      response.end(body ?? '<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>');
      return;
    }
    const action = String(request.headers['x-amz-target']);
    calls.push(action.split('.').at(-1) ?? '');
    onCall(action.split('.').at(-1) ?? '');
    const { status, body } = answerTo(action, JSON.parse(await text(request)));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The fake AWS listens on no TCP port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    started,
    invoked,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The ARN of an execution of the account's first machine. */
export function executionArnOf(name: string): string {
  return `arn:aws:states:us-east-1:123456789012:execution:media:${name}`;
}

interface Answer {
  status: number;
  body: object;
}

function ok(body: object): Answer {
  return { status: 200, body };
}

function refusal(name: string, status: number): Answer {
  return { status, body: { __type: name, message: `${name} said the fake AWS` } };
}

/** An item as DynamoDB's own JSON spells it. */
function fieldsOf(item: object): object {
  const fields = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [name, attributeOf(value)]));
}

function attributeOf(value: unknown): object {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  if (typeof value === 'object' && value !== null) return { M: fieldsOf(value) };
  throw new TypeError(`The fake table takes no ${typeof value}.`);
}
