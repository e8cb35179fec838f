import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Throttled } from '../domain/errors/errors.ts';
import { type RunEnded, runEndedEvent } from '../domain/run/run-ended.ts';

/** The event of a run was refused for good; the run itself has ended and its outcome is written. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

/** Codes of a single entry that the next try may not meet: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const passingCodes: ReadonlySet<string | undefined> = new Set([
  'ThrottlingException',
  'InternalFailure',
  'InternalException',
]);

/** The verbs that the steps use on the account's default event bus. */
export type EventBus = ReturnType<typeof eventBus>;

/** The account's default event bus, through a client. */
export function eventBus(client: EventBridgeClient) {
  return {
    /**
     * Tells everybody who listens that a run has ended.
     *
     * @throws {Throttled} when EventBridge did not take the event and may take it later
     * @throws {EventRefused} when it never will
     */
    async runEnded(detail: RunEnded): Promise<void> {
      const { source, detailType } = runEndedEvent;
      const entry = { Source: source, DetailType: detailType, Detail: JSON.stringify(detail) };
      // A refused entry is answered with 200 all the same.
      const { FailedEntryCount = 0, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      if (FailedEntryCount === 0) return;
      const { ErrorCode, ErrorMessage } = Entries?.find((failed) => failed.ErrorCode !== undefined) ?? {};
      const Refusal = passingCodes.has(ErrorCode) ? Throttled : EventRefused;
      throw new Refusal(
        `EventBridge did not take the event about the end of run ${detail.runId} (${ErrorCode}: ${ErrorMessage}), expected it ` +
          'on the default bus; the run itself has ended and its outcome is written: put right what EventBridge names.',
      );
    },
  };
}
