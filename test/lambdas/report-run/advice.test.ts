import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../lambdas/collect-results/read-answer.ts';
import { adviceOn } from '../../../lambdas/report-run/page/advice.ts';
import { bedrockStatusSchema, statusMeaning } from '../../../lambdas/shared/domain/job/bedrock-status.ts';
import { answerLine } from '../../support/output-lines.ts';

describe('what to do about a reason', () => {
  it.each([
    ['429: Slow down', /busy.*run --retry/],
    ['ThrottlingException: Too many requests', /busy/],
    ['500: Internal server error', /busy/],
    ['400: The video could not be decoded.', /convert or exclude/],
    ['400: Input has too many tokens, max_tokens is gone', /convert or exclude/],
    [
      'the job was stopped before this record was answered: the bucket held a foreign .jsonl while the job read it',
      /Move that/,
    ],
    ['the job was stopped before this record was answered: the run was stopped by a user', /Nothing is wrong/],
    ['the job failed: Access denied to the bucket', /bucket's policy/],
    ['400: The S3 resource locations do not match the folder prefix specified in CreateModelInvocationJob', /layout/],
    ['something that nobody has seen', /Read the reason/],
  ])('%s', (reason, advice) => {
    expect(adviceOn(reason)).toMatch(advice);
  });

  it.each([
    ['max_tokens', 'A b', /twice the length/],
    ['malformed_model_output', 'A b', /stopped in the middle/],
    ['content_filtered', 'A b', /wording/],
    ['end_turn', ' ', /sees nothing/],
  ])('is known of an answer that ended with %s', (stopReason, text, advice) => {
    const answer = readAnswer(answerLine('r', { text, stopReason }));

    expect(adviceOn(answer?.failure ?? 'no failure')).toMatch(advice);
  });

  it('is known of every end of a job', () => {
    const reasons = bedrockStatusSchema.options.flatMap((status) => statusMeaning[status].reason ?? []);

    for (const reason of reasons) expect(adviceOn(reason)).toMatch(/run --retry/);
  });
});
