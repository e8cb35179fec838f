import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Throttled } from '../domain/errors/errors.ts';
import { type RunEnded, runEndedEvent } from '../domain/run/run-ended.ts';

/** EventBridge refused the event of a run for good; the run has ended and its outcome is written. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

/** Retryable codes of an entry: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const passingCodes: ReadonlySet<string | undefined> = new Set([
  'ThrottlingException',
  'InternalFailure',
  'InternalException',
]);

/** Sends events to the account's default event bus. */
export type EventBus = ReturnType<typeof eventBus>;

/** The account's default event bus, through an SDK client. */
export function eventBus(client: EventBridgeClient) {
  return {
    /**
     * Publishes that a run has ended.
     *
     * @throws {Throttled} if EventBridge may accept the event later
     * @throws {EventRefused} if it never will
     */
    async runEnded(detail: RunEnded): Promise<void> {
      const { source, detailType } = runEndedEvent;
      const entry = { Source: source, DetailType: detailType, Detail: JSON.stringify(detail) };
      // PutEvents answers 200 for a refused entry, too.
      const { FailedEntryCount = 0, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      if (FailedEntryCount === 0) return;
      const { ErrorCode, ErrorMessage } = Entries?.find((failed) => failed.ErrorCode !== undefined) ?? {};
      const Refusal = passingCodes.has(ErrorCode) ? Throttled : EventRefused;
      throw new Refusal(
        `EventBridge refused the event about the end of run ${detail.runId} (${ErrorCode}: ${ErrorMessage}); the run itself ` +
          'has ended and its outcome is written: fix what EventBridge names.',
      );
    },
  };
}
