import { describe, expect, it } from 'vitest';
import { byteChunks } from '../../../lambdas/shared/lines.ts';
import { recordLines } from '../../../lambdas/shared/record-lines.ts';
import { mediaRecord } from '../../../lambdas/shared/records.ts';
import { anAnalysis } from '../../support/factories.ts';

const keys = ['proxies/C1.MP4', 'proxies/C2.mov', 'stills/"quoted" 🎬.png', 'proxies/C3.MP4'];
const prompts = [
  'Describe it.',
  '? "?" ??',
  'This {{kind}} and its {{ kind }}.',
  'List the shots of {{filename}}.',
  'What of {{key}} in {{folder}}?',
  'An {{unknown}} name.',
];

describe.each(['InvokeModel', 'Converse'] as const)('the lines of records for %s are those of JSON', (type) => {
  it.each(prompts)('with the prompt %j', (prompt) => {
    const analyses = [
      anAnalysis({ prompt }),
      anAnalysis({ name: 'other', prompt, schema: { type: 'object', title: '?' } }),
    ];
    const chunks = byteChunks();
    const addLine = recordLines(type, chunks);

    for (const [at, key] of keys.entries()) {
      for (const analysis of analyses) {
        for (const more of [{}, { maxTokens: 50 }, { columns: { unknown: `cell ${at}` } }]) {
          const uri = `s3://media-bucket/${key}`;
          const expected = mediaRecord(`abcdef012345-00000${at}`, uri, { key, ...more }, analysis, type);
          addLine(expected.recordId, uri, { key, ...more }, analysis);
          expect(Buffer.concat(chunks.takeAll()).toString()).toBe(`${JSON.stringify(expected)}\n`);
        }
      }
    }
  });
});

it('media without a format that Bedrock takes has no line', () => {
  const chunks = byteChunks();
  const addLine = recordLines('InvokeModel', chunks);

  expect(() => addLine('id', 'uri', { key: 'notes.txt' }, anAnalysis())).toThrow('expected a video or image format');
  expect(chunks.takeAll()).toEqual([]);
});
