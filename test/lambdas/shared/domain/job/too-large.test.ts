import { describe, expect, it } from 'vitest';
import { isTooLarge } from '../../../../../lambdas/shared/domain/job/too-large.ts';

describe('a job failed for the size of its folder', () => {
  it.each([
    'Batch job contains more bytes, media included, (6000000000) than the maximum of: 5000000000',
    'The total input size exceeds the limit of 5GB',
    'Input data is too large: 7.1 GB',
    'The cumulative size of all input files is larger than the quota',
  ])('by a size and a limit in its words: %s', (reason) => {
    expect(isTooLarge({ error: 'JobFailed', reason })).toBe(true);
  });

  it.each([
    'Batch job contains less records (1) than the required minimum of: 100',
    'Batch job contains more records (100001) than the maximum of: 100000',
    'Line 7 of batch_input_a.jsonl is malformed',
    'Access denied when calling Bedrock. Check your request permissions and retry the request.',
    'Model quota exceeded',
    '',
  ])('and not for anything else: %j', (reason) => {
    expect(isTooLarge({ error: 'JobFailed', reason })).toBe(false);
  });

  it('only if Bedrock itself failed it', () => {
    expect(isTooLarge({ error: 'JobRefused', reason: 'the size exceeds the limit' })).toBe(false);
    expect(isTooLarge({ error: 'JobTooLarge', reason: 'Bedrock refused it' })).toBe(true);
    expect(isTooLarge(undefined)).toBe(false);
  });
});
