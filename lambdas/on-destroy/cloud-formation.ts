import * as z from 'zod';
import { messageOf } from '../shared/domain/errors/errors.ts';
import { truncateText } from '../shared/text/plain-text.ts';

/** The fields we read: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export const customResourceRequestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  /** Anyone who has this URL can answer, so it is never logged. */
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
});
export type CustomResourceRequest = z.infer<typeof customResourceRequestSchema>;

/** The answer that CloudFormation got. */
export const customResourceAnswerSchema = z.strictObject({
  status: z.enum(['SUCCESS', 'FAILED']),
  /** What was done, or why it failed. */
  reason: z.string(),
});
export type CustomResourceAnswer = z.infer<typeof customResourceAnswerSchema>;

/** Never changes: a new ID would be a replacement, and CloudFormation then deletes the first resource. */
const physicalResourceId = 'on-destroy';

/** An answer may have 4,096 bytes; this many characters, each at most 6 bytes when escaped, fit beside the rest. */
const maxReasonLength = 400;

/** The PUT of an answer is retried, because without it the stack hangs until the resource times out. */
const tries = 5;
const betweenTriesMs = 2_000;

/**
 * Does the work of a request and answers CloudFormation in time, also if the work fails or hangs.
 *
 * @param work returns what was done, in one sentence
 * @throws if CloudFormation does not accept the answer
 */
export async function answerCloudFormation(
  request: CustomResourceRequest,
  work: () => Promise<string>,
  { maxMs, sleep }: { maxMs: number; sleep(ms: number): Promise<void> },
): Promise<CustomResourceAnswer> {
  const answer = await Promise.race([work(), tooLate(maxMs)]).then(
    (reason): CustomResourceAnswer => ({ status: 'SUCCESS', reason }),
    (error): CustomResourceAnswer => ({ status: 'FAILED', reason: messageOf(error) }),
  );
  await put(request, answer, sleep);
  return answer;
}

/** Rejects when the time for an answer is up, so that a hanging call does not make the stack hang. */
async function tooLate(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  AbortSignal.timeout(Math.max(0, ms)).addEventListener('abort', () => {
    const seconds = Math.round(ms / 1000);
    reject(
      new Error(`The jobs of the stack did not end within ${seconds} s, see the log: delete the stack again later.`),
    );
  });
  return promise;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
async function put(
  request: CustomResourceRequest,
  { status, reason }: CustomResourceAnswer,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  const { ResponseURL, StackId, RequestId, LogicalResourceId, PhysicalResourceId = physicalResourceId } = request;
  const ids = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  const Reason = truncateText(reason, maxReasonLength);
  // As bytes, which get no Content-Type: the URL is signed without one.
  const body = Buffer.from(JSON.stringify({ Status: status, Reason, ...ids }));
  for (let left = tries - 1; ; left -= 1) {
    const problem = await fetch(ResponseURL, { method: 'PUT', body }).then(
      (response) => (response.ok ? undefined : `it answered ${response.status}`),
      (error) => messageOf(error),
    );
    if (problem === undefined) return;
    if (left === 0)
      throw new Error(`CloudFormation did not accept the answer ${status} of ${LogicalResourceId}: ${problem}.`);
    await sleep(betweenTriesMs);
  }
}
