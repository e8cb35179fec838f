import { describe, expect, it } from 'vitest';
import {
  columnsIn,
  fillPrompt,
  fingerprintOf,
  mediaKindsOf,
  recordFingerprint,
} from '../../../../../lambdas/shared/domain/analysis/analysis.ts';
import { anAnalysis } from '../../../../support/factories.ts';

const values = { key: 'proxies/day 1/C01.MP4', filename: 'C01.MP4', folder: 'proxies/day 1/' };

describe('placeholders', () => {
  it('are filled in wherever and however they are written', () => {
    expect(fillPrompt('{{filename}} in {{ folder }}, {{key}}, {{filename}}', values)).toBe(
      'C01.MP4 in proxies/day 1/, proxies/day 1/C01.MP4, C01.MP4',
    );
  });

  it('inside a file name stay as they are', () => {
    const hostile = { ...values, filename: '{{folder}}{{key}}.mp4' };

    expect(fillPrompt('Watch {{filename}}.', hostile)).toBe('Watch {{folder}}{{key}}.mp4.');
  });

  it('take the dollar patterns of a file name literally', () => {
    expect(fillPrompt('Watch {{filename}}.', { ...values, filename: "$&$1$`$'.mp4" })).toBe("Watch $&$1$`$'.mp4.");
  });

  it('that nobody knows stay as they are when they are filled in', () => {
    expect(fillPrompt('{{camera}} took {{filename}}.', values)).toBe('{{camera}} took C01.MP4.');
  });

  it('have no value from what every object inherits', () => {
    expect(fillPrompt('{{constructor}} {{toString}}', values)).toBe('{{constructor}} {{toString}}');
  });

  it('that nobody knows are named, and single braces are none', () => {
    expect(columnsIn('{{key}} {{file}} {{ constructor }} {{file}} {{}} {"a":{"b":1}} {x}')).toEqual([
      'file',
      'constructor',
      '',
    ]);
  });
});

describe('the kinds that analyses ask about', () => {
  it.each([
    [[['video']], ['video']],
    [
      [['image'], ['video']],
      ['video', 'image'],
    ],
    [[[], ['image']], ['image']],
    [[[]], []],
  ] as const)('of %j are %j', (kinds, asked) => {
    expect(mediaKindsOf(kinds.map((media) => anAnalysis({ media: [...media] })))).toEqual(asked);
  });
});

describe('the fingerprint', () => {
  const analysis = { prompt: 'List the shots.', inference: { maxTokens: 100 }, schema: { type: 'object' } };

  it('is the same for the same question, whatever the order of its settings', () => {
    const settings = { temperature: 0, maxTokens: 100 };

    expect(fingerprintOf('m', { ...analysis, inference: settings })).toBe(
      fingerprintOf('m', { ...analysis, inference: { maxTokens: 100, temperature: 0 } }),
    );
  });

  it.each([
    ['the model', 'other', {}],
    ['the prompt', 'm', { prompt: 'List the shots!' }],
    ['the token limit', 'm', { inference: { maxTokens: 101 } }],
    ['the temperature', 'm', { inference: { maxTokens: 100, temperature: 0 } }],
    ['top P', 'm', { inference: { maxTokens: 100, topP: 0 } }],
    ['the schema', 'm', { schema: { type: 'array' } }],
    ['having no schema', 'm', { schema: undefined }],
  ])('changes with %s', (_, modelId, change) => {
    expect(fingerprintOf(modelId, { ...analysis, ...change })).not.toBe(fingerprintOf('m', analysis));
  });
});

describe('the fingerprint of a record', () => {
  const analysis = anAnalysis();

  it("is its analysis's own where its prompt uses no columns", () => {
    expect(recordFingerprint(analysis, {})).toBe(analysis.fingerprint);
  });

  it('is that of the values where it does, whatever their order', () => {
    const one = recordFingerprint(analysis, { columns: { a: '1', b: '2' } });

    expect(recordFingerprint(analysis, { columns: { b: '2', a: '1' } })).toBe(one);
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    const others: Record<string, string>[] = [
      { a: '2', b: '1' },
      { a: '1', b: '' },
      { a: '1', c: '2' },
      { a: '1' },
      {},
    ];
    const all = [one, analysis.fingerprint, ...others.map((columns) => recordFingerprint(analysis, { columns }))];
    expect(new Set(all).size).toBe(7);
  });
});
