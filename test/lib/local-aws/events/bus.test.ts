import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { fastClock } from '../../../../lib/local-aws/clock.ts';
import { createBus, type EventScenario, type Rule } from '../../../../lib/local-aws/events/bus.ts';
import { createQueues } from '../../../../lib/local-aws/events/queues.ts';
import { createAccess } from '../../../../lib/local-aws/iam/access.ts';

const functionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:recover-runs';
const refusingArn = 'arn:aws:lambda:eu-central-1:000000000000:function:refuses';
const queueArn = 'arn:aws:sqs:eu-central-1:000000000000:letters';
const eventSchema = z.looseObject({ id: z.uuid(), detail: z.unknown() });

const failed: Rule = {
  name: 'Failed',
  pattern: { source: ['aws.states'], detail: { status: ['FAILED', 'ABORTED'] } },
  state: 'ENABLED',
  targets: [{ arn: functionArn }],
};

function startBus(scenario?: EventScenario) {
  const delivered: [string, z.infer<typeof eventSchema>][] = [];
  const parse = (event: string) => eventSchema.parse(JSON.parse(event));
  const access = createAccess('000000000000');
  const queues = createQueues(access);
  queues.create('letters');
  const bus = createBus({
    queues,
    ...{
      clock: fastClock(Date.UTC(2031, 4, 1, 12, 0, 0, 7)),
      accountId: '000000000000',
      region: 'eu-central-1',
      scenario,
    },
    invokeLater(arn, event) {
      if (arn === refusingArn) throw new Error('the rule may not');
      delivered.push([arn, parse(event)]);
    },
  });
  const tell = (status: string) =>
    bus.putEvent({
      ...{ source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change' },
      ...{ resources: ['arn:run'], detail: { status } },
    });
  /** Lets the rule of this name send to the queue. */
  const letSend = (rule: string) => {
    const Condition = { ArnEquals: { 'aws:SourceArn': [`arn:aws:events:eu-central-1:000000000000:rule/${rule}`] } };
    const to = { Action: ['sqs:SendMessage'], Resource: [queueArn] };
    access.addToResources([{ Effect: 'Allow', Principal: { Service: ['events.amazonaws.com'] }, ...to, Condition }]);
  };
  return { ...bus, delivered, tell, letSend, messages: () => queues.messages(queueArn) };
}

const statusesOf = (delivered: [string, { detail: unknown }][]) =>
  delivered.map(([, { detail }]) => Object(detail).status);

describe('the default bus', () => {
  it('wraps an event of a service and delivers it to the function of a rule that matches', () => {
    const { putRule, tell, delivered } = startBus();
    putRule(failed);

    tell('SUCCEEDED');
    tell('FAILED');

    expect(delivered).toEqual([
      [
        functionArn,
        {
          ...{ version: '0', id: expect.any(String), account: '000000000000', region: 'eu-central-1' },
          ...{ time: '2031-05-01T12:00:00Z', source: 'aws.states', resources: ['arn:run'] },
          ...{ 'detail-type': 'Step Functions Execution Status Change', detail: { status: 'FAILED' } },
        },
      ],
    ]);
  });

  it('delivers an event to every target of every rule that matches', () => {
    const { putRule, tell, delivered } = startBus();
    putRule({ ...failed, targets: [{ arn: functionArn }, { arn: `${functionArn}:2` }] });
    putRule({ ...failed, name: 'Any', pattern: { source: ['aws.states'] } });

    tell('FAILED');

    expect(delivered.map(([arn]) => arn)).toEqual([functionArn, `${functionArn}:2`, functionArn]);
    expect(new Set(delivered.map(([, { id }]) => id)).size).toBe(1);
  });

  it('delivers nothing to a rule that is disabled, and replaces one of the same name', () => {
    const { putRule, tell, delivered } = startBus();
    putRule(failed);
    putRule({ ...failed, state: 'DISABLED' });

    tell('FAILED');

    expect(delivered).toEqual([]);
  });

  it('loses every n-th delivery', () => {
    const { putRule, tell, delivered } = startBus({ lose: 2 });
    putRule(failed);

    for (const status of ['FAILED', 'ABORTED', 'SUCCEEDED', 'ABORTED', 'FAILED']) tell(status);

    expect(statusesOf(delivered)).toEqual(['FAILED', 'ABORTED']);
  });

  it('doubles every n-th delivery, which is the same event then', () => {
    const { putRule, tell, delivered } = startBus({ double: 2 });
    putRule(failed);

    for (const status of ['FAILED', 'ABORTED', 'FAILED']) tell(status);

    expect(statusesOf(delivered)).toEqual(['FAILED', 'ABORTED', 'ABORTED', 'FAILED']);
    expect(delivered[1]).toEqual(delivered[2]);
  });

  it('hides from the sender that a target refuses, and continues with the next', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const { putRule, tell, delivered } = startBus();
    putRule({ ...failed, targets: [{ arn: refusingArn }, { arn: functionArn }] });

    tell('FAILED');

    expect(warn).toHaveBeenCalledWith(`An event was not delivered to ${refusingArn}: Error: the rule may not`);
    expect(delivered).toHaveLength(1);
    warn.mockRestore();
  });

  it('sends an event to a queue that lets the rule', () => {
    const { putRule, tell, letSend, messages } = startBus();
    letSend('Failed');
    putRule({ ...failed, targets: [{ arn: queueArn }] });

    tell('FAILED');

    expect(messages()).toEqual([{ body: expect.stringContaining('"status":"FAILED"'), attributes: {} }]);
  });

  it('buries what it could not deliver in the queue of the target, with the reason', () => {
    const { putRule, tell, letSend, messages } = startBus();
    letSend('Failed');
    putRule({ ...failed, targets: [{ arn: refusingArn, deadLetterArn: queueArn }] });

    tell('FAILED');

    const attributes = { TARGET_ARN: refusingArn, ERROR_CODE: 'Error', ERROR_MESSAGE: 'the rule may not' };
    expect(messages()).toEqual([{ body: expect.stringContaining('"status":"FAILED"'), attributes }]);
  });

  it.each([
    ['a target', [{ arn: queueArn }]],
    ['its dead-letter queue', [{ arn: refusingArn, deadLetterArn: queueArn }]],
  ])('sends nothing to a queue that does not let the rule, as %s', (_what, targets) => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const { putRule, tell, letSend, messages } = startBus();
    letSend('Another');
    putRule({ ...failed, targets });

    tell('FAILED');

    expect(messages()).toEqual([]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('not authorized to perform: sqs:SendMessage'));
    warn.mockRestore();
  });

  it('refuses a rule whose pattern it could not judge', () => {
    expect(() => startBus().putRule({ ...failed, pattern: { source: [{ cidr: '10.0.0.0/8' }] } })).toThrow(
      'The pattern has {"cidr":"10.0.0.0/8"}, expected a value or one of prefix, wildcard, anything-but.',
    );
  });
});
