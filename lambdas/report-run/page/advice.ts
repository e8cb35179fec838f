import { remedyFor } from '../../shared/domain/errors/remedies.ts';

const retry = '"media-batch run --retry" with the ID of this run sends only the records without an answer';

/** The fix of a reason that records share; the first match counts. */
const advice: readonly (readonly [says: RegExp, advice: string])[] = [
  [
    /folder prefix specified/i,
    'Bedrock did not find the media in the folder of the job: start a run with the default layout.',
  ],
  [/^4(?!29)\d\d\b/, 'Bedrock rejected these records: open one of the files, and convert or exclude the broken ones.'],
  [/stopped by a user/i, `Nothing is wrong. To continue, ${retry}.`],
  [/foreign/i, `Move that .jsonl out of the bucket, or use "layout": "staged"; then ${retry}.`],
  [
    /^the answer was truncated/i,
    `A retry allows twice the length: ${retry}. For more, give the analysis a larger "maxTokens" in its "inference".`,
  ],
  [/^the answer is not whole/i, `The model stopped in the middle, which may pass: ${retry}.`],
  [
    /withheld|content_filter|guardrail/i,
    'Check the media and the prompt: another wording may pass, the same one will not.',
  ],
  [
    /answer has no text/i,
    'Check the media: a model that sees nothing to answer returns no text. Another wording may help.',
  ],
  [
    /\b(changed|replaced|gone|archived|not what was planned)\b/i,
    `The media were changed after the plan: ${retry}, with the media as they are then.`,
  ],
  [/ran out of time|expired/i, `Set a longer "timeoutHours", or send fewer media at once; ${retry}.`],
  [/^429\b|throttl|too many|^5\d\d\b|internal server|unavailable/i, `Bedrock was busy, which passes: ${retry}.`],
  [/without an answer for this record|stopped before this record/i, `This passes by itself: ${retry}.`],
];

/** Returns what to do about records that did not succeed for this reason. */
export function adviceOn(reason: string): string {
  const known = advice.find(([says]) => says.test(reason))?.[1];
  if (known !== undefined) return known;
  const remedy = remedyFor('Failed', reason);
  // Many of our own reasons end with the fix.
  if (remedy === undefined) return `Read the reason, fix its cause, and start again: ${retry}.`;
  return `${remedy.slice(0, 1).toUpperCase()}${remedy.slice(1)}; then ${retry}.`;
}
