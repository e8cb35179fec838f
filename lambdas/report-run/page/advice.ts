import { remedyFor } from '../../shared/domain/errors/remedies.ts';

const again = '"media-batch run --retry" with the ID of this run sends only what has no answer';

/** What a person can do about a reason that records share; the first one that fits counts. */
const advice: readonly (readonly [says: RegExp, advice: string])[] = [
  [
    /folder prefix specified/i,
    'Bedrock did not find the media in the folder of the job: run again with the default layout.',
  ],
  [
    /^4(?!29)\d\d\b/,
    'Bedrock did not take these records: open one of the media, and convert or exclude what is broken.',
  ],
  [/stopped by a user/i, `Nothing is wrong: when it is wanted after all, ${again}.`],
  [/foreign/i, `Move that .jsonl out of the bucket, or ask for "layout": "staged"; then ${again}.`],
  [
    /^the answer was truncated/i,
    `It gets twice the room when it is sent again: ${again}. For more, give the analysis a larger "maxTokens" in its "inference".`,
  ],
  [/^the answer is not whole/i, `The model broke off, which may pass: ${again}.`],
  [
    /withheld|content_filter|guardrail/i,
    'Look at the media and at the prompt: another wording may pass, the same one will not.',
  ],
  [
    /answer has no text/i,
    'Look at the media: a model says nothing where it sees nothing to answer. Another wording may help.',
  ],
  [
    /\b(changed|replaced|gone|archived|not what was planned)\b/i,
    `The media were changed after the plan: ${again}, as they are by then.`,
  ],
  [/ran out of time|expired/i, `Ask for a longer "timeoutHours", or for fewer media at once; ${again}.`],
  [/^429\b|throttl|too many|^5\d\d\b|internal server|unavailable/i, `Bedrock was busy and this passes: ${again}.`],
  [/without an answer for this record|stopped before this record/i, `This passes by itself: ${again}.`],
];

/** What to do about records that did not succeed for this reason, in a sentence. */
export function adviceOn(reason: string): string {
  const known = advice.find(([says]) => says.test(reason))?.[1];
  if (known !== undefined) return known;
  const way = remedyFor('Failed', reason);
  // Many reasons of ours end with the fix themselves.
  if (way === undefined) return `Read what the reason says, put it right, and start again: ${again}.`;
  return `${way.slice(0, 1).toUpperCase()}${way.slice(1)}; then ${again}.`;
}
