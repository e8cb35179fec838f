import { describe, expect, it } from 'vitest';
import { mediaRecord } from '../../../../../lambdas/shared/domain/record/record.ts';
import { recordLines } from '../../../../../lambdas/shared/domain/record/record-lines.ts';
import { partBuffer } from '../../../../../lambdas/shared/text/upload-parts.ts';
import { anAnalysis } from '../../../../support/factories.ts';

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
    const parts = partBuffer();
    const addLine = recordLines(type, parts);
    const lines: string[] = [];

    for (const [at, key] of keys.entries()) {
      for (const analysis of analyses) {
        for (const more of [{}, { maxTokens: 50 }, { columns: { unknown: `cell ${at}` } }]) {
          const uri = `s3://media-bucket/${key}`;
          const expected = mediaRecord(`abcdef012345-00000${at}`, uri, { key, ...more }, analysis, type);
          addLine(expected.recordId, uri, { key, ...more }, analysis);
          lines.push(`${JSON.stringify(expected)}\n`);
        }
      }
    }

    expect(Buffer.concat(parts.takeAll()).toString()).toBe(lines.join(''));
  });
});

it('media without a format that Bedrock takes has no line', () => {
  const parts = partBuffer();
  const addLine = recordLines('InvokeModel', parts);

  expect(() => addLine('id', 'uri', { key: 'notes.txt' }, anAnalysis())).toThrow('expected a video or image format');
  expect(parts.takeAll()).toEqual([]);
});
