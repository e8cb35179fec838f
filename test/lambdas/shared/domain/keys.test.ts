import { describe, expect, it } from 'vitest';
import * as keys from '../../../../lambdas/shared/domain/keys.ts';
import { mediaFormatOf, whyKeyIsRefused } from '../../../../lambdas/shared/domain/media/media.ts';
import { prefixes } from '../../../support/factories.ts';

const { inputKeyOf, inputKeyPattern, isOwnKey, resultKey } = keys;

describe("a job's keys", () => {
  it('stand where the design says', () => {
    expect(inputKeyOf('night-1', 'root')).toBe('batch_input_night-1.jsonl');
    expect(inputKeyOf('night-1', 'staged')).toBe('night-1/batch_input_night-1.jsonl');
    expect(keys.copiesPrefixOf(prefixes, 'night-1', 'root')).toBe('nova/batch/staging/night-1/');
    expect(keys.copiesPrefixOf(prefixes, 'night-1', 'staged')).toBe('night-1/media/');
    expect(keys.jobOutputPrefix(prefixes, 'night-1')).toBe('nova/batch/output/night-1/');
    expect(keys.planKey(prefixes, 'r')).toBe('nova/batch/runs/r/plan.json');
    expect(keys.attemptKey(prefixes, 'r', 2)).toBe('nova/batch/runs/r/attempts/2.json');
    expect(keys.ledgerKey(prefixes, 'r')).toBe('nova/batch/runs/r/ledger/records.ndjson');
    expect(keys.skippedKey(prefixes, 'r')).toBe('nova/batch/runs/r/ledger/skipped.ndjson');
    expect(keys.outcomeKey(prefixes, 'r')).toBe('nova/batch/runs/r/outcome.json');
    expect(resultKey(prefixes, 'summary', 'proxies/C01.MP4')).toBe('nova/batch/results/summary/proxies/C01.MP4.json');
    expect(resultKey(prefixes, 'summary', 'a/C01.MP4', '0a1b2c3d')).toBe(
      'nova/batch/results/summary/a/C01.MP4.0a1b2c3d.json',
    );
  });

  it('never end in .jsonl except for the input, or the next root job would run them', () => {
    const others = [
      keys.planKey(prefixes, 'a.jsonl'),
      keys.attemptKey(prefixes, 'a.jsonl', 2),
      keys.attemptRecordsKey(prefixes, 'a.jsonl', 1, 'b.jsonl'),
      keys.attemptCheckpointKey(prefixes, 'a.jsonl', 1, 'b.jsonl'),
      keys.jobLedgerKey(prefixes, 'a.jsonl', 'b.jsonl', 'prepared-1-c.jsonl'),
      keys.jobLedgerKey(prefixes, 'a.jsonl', 'b.jsonl', 'collected'),
      keys.foreignLinesKey(prefixes, 'a.jsonl', 'b.jsonl'),
      keys.ledgerKey(prefixes, 'a.jsonl'),
      keys.skippedKey(prefixes, 'a.jsonl'),
      keys.skippedLaterKey(prefixes, 'a.jsonl'),
      keys.outcomeKey(prefixes, 'a.jsonl'),
      resultKey(prefixes, 'summary', 'proxies/a.jsonl'),
      resultKey(prefixes, 'summary', `${'a'.repeat(1010)}.jsonl`),
    ];

    for (const key of others) expect(key).not.toMatch(/\.jsonl$/i);
    expect(inputKeyOf('night-1', 'root')).toMatch(/\.jsonl$/);
  });
});

describe('the key of a copy', () => {
  const copyOf = (mediaKey: string) => keys.copyKeyOf('nova/batch/staging/j/', mediaKey);

  it.each(['proxies/a b.mp4', 'a,b=c+d%.MP4', `${'é'.repeat(500)}.mov`, '😀.webm', 'a//b.mp4'])(
    'of %j is safe for Bedrock and keeps the format',
    (mediaKey) => {
      expect(whyKeyIsRefused('media-bucket', copyOf(mediaKey))).toBeUndefined();
      expect(mediaFormatOf(copyOf(mediaKey))).toEqual(mediaFormatOf(mediaKey));
    },
  );

  it('is the same for the same media, and another for another', () => {
    expect(copyOf('a b.mp4')).toBe(copyOf('a b.mp4'));
    expect(new Set(['a b.mp4', 'a  b.mp4', 'A b.mp4', 'c/a b.mp4'].map(copyOf)).size).toBe(4);
  });
});

describe('an S3 URI', () => {
  it.each([
    ['s3://bucket/a/b.mp4', { bucket: 'bucket', key: 'a/b.mp4' }],
    ['s3://bucket/', { bucket: 'bucket', key: '' }],
    ['s3://bucket', { bucket: 'bucket', key: '' }],
    ['s3://bucket//a', { bucket: 'bucket', key: '/a' }],
    ['s3://bucket/a\nb', { bucket: 'bucket', key: 'a\nb' }],
    ['proxies/a.mp4', undefined],
    ['https://bucket/a', undefined],
  ])('%j is read as %j', (uri, parts) => {
    expect(keys.parseS3Uri(uri)).toEqual(parts);
  });
});

describe('the pattern of inputs', () => {
  it.each([
    ['batch_input_night-1.jsonl', 'night-1'],
    [`batch_input_${'a'.repeat(63)}.jsonl`, 'a'.repeat(63)],
    ['batch_input_a.b.jsonl', 'a.b'],
  ])('takes %s', (key, jobName) => {
    expect(inputKeyPattern.exec(key)?.[1]).toBe(jobName);
  });

  it.each([
    'folder/batch_input_a.jsonl',
    'batch_input_a/b.jsonl',
    'batch_input_.jsonl',
    'batch_input_-a.jsonl',
    'batch_input_a_b.jsonl',
    'batch_input_a b.jsonl',
    'batch_input_a.jsonl.out',
    'batch_input_a.JSONL',
    'Batch_input_a.jsonl',
    'batch_input_a.jsonl\n',
    `batch_input_${'a'.repeat(64)}.jsonl`,
  ])('does not take %j', (key) => {
    expect(inputKeyPattern.test(key)).toBe(false);
  });
});

describe('the key of a result', () => {
  const start = 'nova/batch/results/summary/'.length + '.json'.length;

  it.each([
    [1023, false],
    [1024, false],
    [1025, true],
  ])('of %i bytes is hashed: %s', (bytes, isHashed) => {
    const mediaKey = 'a'.repeat(bytes - start);

    const key = resultKey(prefixes, 'summary', mediaKey);

    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
    expect(key.includes(mediaKey)).toBe(!isHashed);
    if (isHashed) expect(key).toMatch(/^nova\/batch\/results\/summary\/[0-9a-f]{64}\.json$/);
  });

  it('counts bytes, not characters', () => {
    expect(resultKey(prefixes, 'summary', 'é'.repeat(600))).toMatch(/\/[0-9a-f]{64}\.json$/);
  });

  it('differs between long media keys that begin alike', () => {
    const long = 'a'.repeat(1020);

    expect(resultKey(prefixes, 'summary', `${long}1`)).not.toBe(resultKey(prefixes, 'summary', `${long}2`));
  });
});

describe('our own keys', () => {
  it.each([
    ['nova/batch/output/j/x.mp4', true],
    ['nova/batch/runs/r/plan.json', true],
    ['nova/batch/results/s/a.mp4.json', true],
    ['nova/batch/staging/j/a.mp4', true],
    ['nova/batches/a.mp4', false],
    ['proxies/nova/batch/output/a.mp4', false],
    ['Nova/batch/output/a.mp4', false],
  ])('%s: %s', (key, isOurs) => {
    expect(isOwnKey(prefixes, key)).toBe(isOurs);
  });

  it('follow the settings', () => {
    const own = { outputPrefix: 'out/', runsPrefix: 'log/', resultsPrefix: 'answers/', stagingPrefix: 'copies/' };

    expect(['out/a.mp4', 'log/a', 'answers/b', 'copies/c', 'output/a.mp4'].map((key) => isOwnKey(own, key))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
