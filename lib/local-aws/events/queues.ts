import type { Access } from '../iam/access.ts';
import type { Context } from '../iam/statements.ts';

/** A message as it was sent. */
export interface Message {
  body: string;
  attributes: Record<string, string>;
}

export type Queues = ReturnType<typeof createQueues>;

/** SQS queues that services send to; read them with `LocalAws.messages`. */
export function createQueues(access: Access) {
  const queues = new Map<string, Message[]>();
  /** The name in an ARN or a URL. */
  const nameOf = (queue: string) => queue.split(/[:/]/).at(-1) ?? '';

  function messages(queue: string): Message[] {
    const found = queues.get(nameOf(queue));
    if (found) return found;
    throw new Error(`There is no queue ${queue}: use one of [${[...queues.keys()].join(', ')}].`);
  }

  function send(sender: string, queueArn: string, message: Message, context?: Context): void {
    access.authorize(sender, 'sqs:SendMessage', queueArn, context);
    messages(queueArn).push(message);
  }

  return {
    /** Creates a queue, or keeps the one of this name with its messages. */
    create: (name: string) => void queues.set(name, queues.get(name) ?? []),
    delete: (name: string) => void queues.delete(name),
    messages,
    /**
     * Sends a message as a role or a service.
     *
     * @throws when there is no such queue or the sender may not
     */
    send,
    /** Sends a failed delivery to the dead-letter queue of the sender; without one it is lost. */
    bury(sender: string, queueArn: string | undefined, letter: DeadLetter, context?: Context): void {
      const { body, targetArn, error } = letter;
      try {
        if (queueArn === undefined) throw error;
        const cause = error instanceof Error ? error : new Error(String(error));
        const attributes = { TARGET_ARN: targetArn, ERROR_CODE: cause.name, ERROR_MESSAGE: cause.message };
        send(sender, queueArn, { body, attributes }, context);
      } catch (reason) {
        process.emitWarning(`An event was not delivered to ${targetArn}: ${String(reason)}`);
      }
    },
  };
}

/**
 * A failed delivery. Of the attributes that a dead-letter queue gets, three are simulated:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html and
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export interface DeadLetter {
  body: string;
  targetArn: string;
  error: unknown;
}
