import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventBus } from '../../../../lambdas/shared/aws/event-bridge.ts';
import type { RunEnded } from '../../../../lambdas/shared/domain/run/run-ended.ts';
import { awsError } from '../../../support/aws-error.ts';
import { expectOneSentence, messageOfRejection } from '../../../support/one-sentence.ts';

const client = new EventBridgeClient({ region: 'us-east-1' });
const events = mockClient(client);
const { runEnded } = eventBus(client);
const detail: RunEnded = {
  ...{ runId: 'run-1', stackName: 'MediaBatch', status: 'PartlySucceeded', reason: '1 of 2 records succeeded.' },
  ...{ records: { submitted: 2, succeeded: 1, failed: 0, missing: 1 }, cost: { batchUsd: 0.5 } },
  outcomeKey: 'nova/batch/runs/run-1/outcome.json',
};

beforeEach(() => {
  events.reset();
});

describe('the event about the end of a run', () => {
  it('goes to the default bus under our name', async () => {
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] });

    await runEnded(detail);

    expect(events.commandCalls(PutEventsCommand).map(({ args }) => args[0].input)).toEqual([
      { Entries: [{ Source: 'bedrock-media-batch', DetailType: 'Run Ended', Detail: JSON.stringify(detail) }] },
    ]);
  });

  it.each([
    ['ThrottlingException', 'Throttled'],
    ['InternalFailure', 'Throttled'],
    ['InternalException', 'Throttled'],
    ['NotAuthorizedForSourceException', 'EventRefused'],
    [undefined, 'EventRefused'],
  ])('that is not taken for %s, in an answer with 200, leaves as %s', async (ErrorCode, name) => {
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage: 'no' }] });

    await expect(runEnded(detail)).rejects.toMatchObject({ name });
  });

  it('that is refused says what and the fix, in one sentence', async () => {
    const Entries = [{ ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed' }];
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries });

    const message = await messageOfRejection(runEnded(detail), 'EventRefused');

    expectOneSentence(message);
    expect(message).toContain('run-1 (MalformedDetail: Detail is malformed)');
  });

  it('keeps the error of a request that fails as a whole', async () => {
    const error = awsError('AccessDeniedException', 400);
    events.on(PutEventsCommand).rejects(error);

    await expect(runEnded(detail)).rejects.toBe(error);
  });
});
