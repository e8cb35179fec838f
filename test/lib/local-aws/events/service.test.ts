import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fastClock } from '../../../../lib/local-aws/clock.ts';
import { startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import type { ServiceEvent } from '../../../../lib/local-aws/events/bus.ts';
import { eventsService } from '../../../../lib/local-aws/events/service.ts';
import { createAccess, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';

const busArn = 'arn:aws:events:eu-central-1:000000000000:event-bus/default';
const roleArn = 'arn:aws:iam::000000000000:role/reporter';
const access = createAccess('000000000000');
const put: ServiceEvent[] = [];
const putEvent = (event: ServiceEvent) => `event-${put.push(event)}`;
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
let client: EventBridgeClient;
let reporter: EventBridgeClient;

beforeAll(async () => {
  access.addRole(roleArn, []);
  const Condition = { StringEquals: { 'events:source': ['films'], 'events:detail-type': ['Ended'] } };
  access.addToRole(roleArn, [{ Effect: 'Allow', Action: ['events:PutEvents'], Resource: [busArn], Condition }]);
  endpoint = await startEndpoint(0, fastClock(0), { events: eventsService({ putEvent }, busArn) }, access);
  const connection = { endpoint: endpoint.url, region: 'eu-central-1', maxAttempts: 1 };
  client = new EventBridgeClient({ ...connection, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  reporter = new EventBridgeClient({ ...connection, credentials: credentialsOf(roleArn) });
});
beforeEach(() => {
  put.length = 0;
});
afterAll(async () => {
  client.destroy();
  reporter.destroy();
  await endpoint.close();
});

const entry = { Source: 'films', DetailType: 'Ended', Detail: '{"runId":"run-1"}' };
const send = (Entries: object[], sender = client) => sender.send(new PutEventsCommand({ Entries }));

describe('PutEvents', () => {
  it('passes events to the bus and returns their IDs', async () => {
    const answer = await send([entry, { ...entry, Resources: ['arn:r'] }]);

    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: 'event-1' }, { EventId: 'event-2' }] });
    const event = { source: 'films', 'detail-type': 'Ended', detail: { runId: 'run-1' } };
    expect(put).toEqual([
      { ...event, resources: [] },
      { ...event, resources: ['arn:r'] },
    ]);
  });

  it.each([
    ['without a source', { ...entry, Source: undefined }, 'InvalidArgument'],
    ['without a detail type', { ...entry, DetailType: '' }, 'InvalidArgument'],
    ['without a detail', { ...entry, Detail: undefined }, 'InvalidArgument'],
    ['that speaks for AWS', { ...entry, Source: 'aws.states' }, 'NotAuthorizedForSourceException'],
    ['whose detail is no JSON', { ...entry, Detail: '{' }, 'MalformedDetail'],
    ['whose detail is no object', { ...entry, Detail: '[1]' }, 'MalformedDetail'],
    ['for a bus that is not there', { ...entry, EventBusName: 'films' }, 'ResourceNotFoundException'],
  ])('refuses an event %s with 200, and takes those beside it', async (_what, bad, code) => {
    const { FailedEntryCount, Entries } = await send([entry, bad]);

    expect(FailedEntryCount).toBe(1);
    expect(Entries).toMatchObject([{ EventId: 'event-1' }, { ErrorCode: code, ErrorMessage: expect.any(String) }]);
    expect(put).toHaveLength(1);
  });

  it.each([
    ['no event', 0, 'ValidationException'],
    ['ten events', 10, undefined],
    ['eleven events', 11, 'ValidationException'],
  ])('takes up to ten events: %s', async (_what, count, refusal) => {
    const sent = send(Array.from({ length: count }, () => entry)).then(
      () => undefined,
      (error: Error) => error.name,
    );

    expect(await sent).toBe(refusal);
  });

  it.each([
    ['below', -1, undefined],
    ['at', 0, 'ValidationException'],
  ])('takes events of less than 256 KiB together: %s the limit', async (_what, more, refusal) => {
    const others = Buffer.byteLength(entry.Source + entry.DetailType) * 2 + Buffer.byteLength('{"a":"ä"}{"a":""}');
    const long = { ...entry, Detail: JSON.stringify({ a: 'x'.repeat(256 * 1024 - others + more) }) };
    const sent = send([{ ...entry, Detail: '{"a":"ä"}' }, long]).then(
      () => undefined,
      (error: Error) => error.name,
    );

    expect(await sent).toBe(refusal);
    expect(put).toHaveLength(refusal ? 0 : 2);
  });

  it('lets a role send only the events of its conditions', async () => {
    await send([entry], reporter);

    for (const other of [
      { ...entry, Source: 'bank' },
      { ...entry, DetailType: 'Began' },
    ]) {
      await expect(send([entry, other], reporter)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
    expect(put).toHaveLength(1);
  });
});
