import { describe, expect, it } from 'vitest';
import {
  jobHashOf,
  paddingRecord,
  paddingRecordIdOf,
  readRecordId,
  recordIdOf,
  videoRecord,
} from '../../../lambdas/shared/records.ts';
import { anAnalysis, aPlannedRecord } from '../../support/factories.ts';

const hash = 'abcdef012345';

describe('a record', () => {
  it('has exactly the body that Nova takes for a video in S3', () => {
    const analysis = anAnalysis({ prompt: 'Watch {{key}}.', inference: { maxTokens: 100, temperature: 0 } });

    expect(videoRecord('media-bucket', aPlannedRecord(42), analysis)).toEqual({
      recordId: 'abcdef012345-000042',
      modelInput: {
        schemaVersion: 'messages-v1',
        messages: [
          {
            role: 'user',
            content: [
              { video: { format: 'mp4', source: { s3Location: { uri: 's3://media-bucket/proxies/C0042.MP4' } } } },
              { text: 'Watch proxies/C0042.MP4.' },
            ],
          },
        ],
        inferenceConfig: { maxTokens: 100, temperature: 0 },
      },
    });
  });

  it.each([
    ['phone.3gp', 'three_gp'],
    ['PHONE.3GP', 'three_gp'],
    ['a.mov', 'mov'],
    ['a.mkv', 'mkv'],
    ['a.webm', 'webm'],
  ])('of %s names the format %s', (key, format) => {
    const record = videoRecord('media-bucket', aPlannedRecord(1, { key }), anAnalysis());

    expect(record.modelInput.messages[0]?.content[0]).toMatchObject({ video: { format } });
  });

  it('of what is no video throws instead of sending an unknown format', () => {
    expect(() => videoRecord('b', aPlannedRecord(1, { key: 'notes.txt' }), anAnalysis())).toThrow('notes.txt');
  });

  it('asks for bare JSON only where the analysis has a schema', () => {
    const plain = videoRecord('b', aPlannedRecord(1), anAnalysis({ prompt: 'Go.' }));
    const withSchema = videoRecord('b', aPlannedRecord(1), anAnalysis({ prompt: 'Go.', schema: { type: 'object' } }));

    expect(plain.modelInput.messages[0]?.content[1]).toEqual({ text: 'Go.' });
    const [, asked] = withSchema.modelInput.messages[0]?.content ?? [];
    expect(asked).toEqual({ text: expect.stringMatching(/^Go\.\n\n.*JSON.*\n\n\{"type":"object"\}$/s) });
  });

  it('leaves a placeholder inside a file name unexpanded, and one inside the schema too', () => {
    const key = 'proxies/{{folder}}.mp4';
    const schema = { description: '{{filename}}' };
    const record = videoRecord('b', aPlannedRecord(1, { key }), anAnalysis({ prompt: 'See {{filename}}.', schema }));

    const [, asked] = record.modelInput.messages[0]?.content ?? [];
    expect(asked).toEqual({ text: expect.stringContaining('See {{folder}}.mp4.') });
    expect(asked).toEqual({ text: expect.stringContaining('{"description":"{{filename}}"}') });
  });
});

describe('a padding record', () => {
  it('is tiny, has no media and asks for one token', () => {
    expect(paddingRecord(hash, 7)).toEqual({
      recordId: 'abcdef012345-pad-000007',
      modelInput: {
        schemaVersion: 'messages-v1',
        messages: [{ role: 'user', content: [{ text: 'Say OK.' }] }],
        inferenceConfig: { maxTokens: 1 },
      },
    });
  });
});

describe('record IDs', () => {
  it.each([1, 999_999, 100_000])('of record %i and its padding are letters, digits and hyphens', (number) => {
    expect(recordIdOf(hash, number)).toMatch(/^[A-Za-z0-9-]+$/);
    expect(paddingRecordIdOf(hash, number)).toMatch(/^[A-Za-z0-9-]+$/);
  });

  it.each([1, 42, 100_000, 1_234_567])('of record %i are read back as its number', (number) => {
    expect(readRecordId(hash, recordIdOf(hash, number))).toEqual({ number });
  });

  it.each([
    ['abcdef012345-pad-000001', 'padding'],
    ['ffffff012345-000001', 'foreign'],
    ['abcdef012345', 'foreign'],
    ['abcdef012345-', 'foreign'],
    ['abcdef012345-1', 'foreign'],
    ['abcdef012345-0000001', 'foreign'],
    ['abcdef012345-00000x', 'foreign'],
    ['abcdef012345-000001 ', 'foreign'],
    ['abcdef012345--00001', 'foreign'],
    ['abcdef012345-pad-', 'foreign'],
    ['abcdef012345-pad-1', 'foreign'],
    ['Abcdef012345-000001', 'foreign'],
    ['', 'foreign'],
  ])('%j reads as %s', (recordId, meaning) => {
    expect(readRecordId(hash, recordId)).toBe(meaning);
  });

  it('differ between executions, starts and jobs of one execution', () => {
    const hashes = [jobHashOf('a', '1', 1), jobHashOf('b', '1', 1), jobHashOf('a', '2', 1), jobHashOf('a', '1', 2)];

    expect(new Set(hashes).size).toBe(4);
    expect(jobHashOf('a', '1', 1)).toBe(hashes[0]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{12}$/);
  });
});
