import { describe, expect, it } from 'vitest';
import { reasonGroups } from '../../../lambdas/report-run/group-reasons.ts';

/** The groups of these reasons, all of one kind. */
function grouped(reasons: readonly string[]) {
  const groups = reasonGroups<'failed'>();
  for (const reason of reasons) groups.add('failed', reason);
  return groups.list().map(({ reason, records }) => [reason, records]);
}

describe('reasons for people', () => {
  it('are one group where they differ in names, URIs and numbers only', () => {
    expect(
      grouped(
        Array.from(
          { length: 10_000 },
          (_, at) => `400: Provided S3 URI s3://b/clips/C${at} x.mp4 of "C${at} x" is invalid`,
        ),
      ),
    ).toEqual([['400: Provided S3 URI … of … is invalid', 10_000]]);
  });

  it.each([
    ['the media C1.mp4 is gone', 'the media C2.mp4 is gone', 'the media … is gone'],
    [
      'the answer was truncated at 10 tokens',
      'the answer was truncated at 20 tokens',
      'the answer was truncated at … tokens',
    ],
    ["the key 'a b' is odd", "the key 'c d' is odd", 'the key … is odd'],
    ['the bucket held a foreign x1', 'the bucket held a foreign x2', 'the bucket held a foreign …'],
    ['no access to arn:aws:s3:::one', 'no access to arn:aws:s3:::two', 'no access to …'],
    ['see https://a.example/1, please', 'see https://a.example/2, please', 'see …, please'],
  ])('forget what names one record or another: %s', (one, other, group) => {
    expect(grouped([one, other])).toEqual([[group, 2]]);
  });

  it('are told in their own words where all of a group say the same', () => {
    expect(grouped(['400: Bad video', '400: Bad video', 'cut at 100 tokens', 'cut at 100 tokens'])).toEqual([
      ['400: Bad video', 2],
      ['cut at 100 tokens', 2],
    ]);
  });

  it('keep statuses apart, and what failed from what is missing', () => {
    const groups = reasonGroups<'failed' | 'missing'>();
    groups.add('failed', '400: No');
    groups.add('failed', '429: No');
    groups.add('missing', '429: No', 3);

    expect(groups.list()).toEqual([
      { kind: 'missing', reason: '429: No', records: 3 },
      { kind: 'failed', reason: '400: No', records: 1 },
      { kind: 'failed', reason: '429: No', records: 1 },
    ]);
  });

  it('are at most twenty, the most frequent first, and the others together: none is lost', () => {
    const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at));
    const reasons = letters.flatMap((letter, at) => Array<string>(at + 1).fill(`because of ${letter}`));

    const groups = grouped(reasons);

    expect(groups).toHaveLength(21);
    expect(groups[0]).toEqual(['because of z', 26]);
    expect(groups.at(-1)).toEqual(['other reasons', 1 + 2 + 3 + 4 + 5 + 6]);
  });

  it('need no more memory however many there are', () => {
    const words = Array.from({ length: 5000 }, (_, at) =>
      at.toString(2).replaceAll('0', 'o').replaceAll('1', 'l').padStart(13, 'o'),
    );

    const groups = grouped(words);

    expect(groups.at(-1)).toEqual(['other reasons', 4980]);
  });

  it('are no longer than a line or two', () => {
    const [[reason] = ['']] = grouped(['x'.repeat(5000)]);

    expect(reason).toHaveLength(301);
  });
});
