import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import { type RunEnded, runEndedEvent, runEndedSchema } from '../../lambdas/shared/domain/run/run-ended.ts';
import type { Intercept } from '../../lib/local-aws/endpoint.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';
import { templateWithResources } from '../support/template.ts';

const eventSchema = z.looseObject({ source: z.string(), 'detail-type': z.string(), detail: runEndedSchema });
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const allow = {
  ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } },
  ...{ Action: 'sqs:SendMessage', Resource: arnOf('Listener') },
};

/** What somebody would deploy who wants to know of every run that has ended. */
const listener = {
  Listener: { Type: 'AWS::SQS::Queue', Properties: {} },
  ListenerPolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [{ Ref: 'Listener' }], PolicyDocument: { Version: '2012-10-17', Statement: [allow] } },
  },
  ListenerRule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: [runEndedEvent.source], 'detail-type': [runEndedEvent.detailType] },
      Targets: [{ Id: 'Listener', Arn: arnOf('Listener') }],
    },
  },
};

const passThrough: Intercept = ({ http }, serve) => serve(http);

describe('the event about a run that has ended', () => {
  let stack: LocalStack;
  let intercept = passThrough;
  const [clip] = sampleClips;
  const media = { keys: [clip?.key] };

  beforeAll(async () => {
    stack = await startLocalStack({
      templateFile: templateWithResources(listener),
      intercept: (request, serve) => intercept(request, serve),
    });
    await stack.putClips(sampleClips.slice(0, 1));
  });
  afterEach(() => {
    intercept = passThrough;
  });
  afterAll(() => stack.close());

  const eventsOf = (runId: string): RunEnded[] =>
    stack.aws
      .messages(stack.aws.resources.get('Listener')?.ref ?? '')
      .map(({ body }) => eventSchema.parse(JSON.parse(body)).detail)
      .filter((detail) => detail.runId === runId);

  it.each([
    ['Succeeded', { media }],
    ['Planned', { media, dryRun: true }],
    ['Refused', { media: { prefixes: ['nothing/'] } }],
  ])('comes for one that is %s, and says what its outcome says', async (status, request) => {
    const { runId } = await stack.run(request);

    const [event, ...more] = eventsOf(runId);
    const outcome = await stack.readJson(event?.outcomeKey ?? '', outcomeSchema);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ status, stackName: stack.aws.stackName, records: outcome.records });
    expect(event?.reason).toBe(outcome.reason);
    expect(event?.cost.batchUsd).toBe(outcome.cost.batchUsd);
  });

  it('comes although EventBridge fails for a while, and only then does the run end', async () => {
    let failures = 0;
    intercept = async ({ http, response }, serve) => {
      // Three times, as often as the SDK tries: only a repeated step gets further.
      if (http.headers['x-amz-target'] !== 'AWSEvents.PutEvents' || failures === 3) return serve(http);
      failures += 1;
      http.resume();
      response.writeHead(500, { 'x-amzn-errortype': 'InternalException' }).end('{}');
    };

    const run = await stack.run({ media, dryRun: true });

    expect(failures).toBe(3);
    expect(run.status).toBe('SUCCEEDED');
    expect(eventsOf(run.runId)).toHaveLength(1);
  });
});
