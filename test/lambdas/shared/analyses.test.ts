import { describe, expect, it } from 'vitest';
import { fillPrompt, fingerprintOf, kindsAskedBy, unknownPlaceholders } from '../../../lambdas/shared/analyses.ts';
import { anAnalysis } from '../../support/factories.ts';

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

  it('that nobody knows are named, and single braces are none', () => {
    expect(unknownPlaceholders('{{key}} {{file}} {{ constructor }} {{}} {"a":{"b":1}} {x}')).toEqual([
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
    expect(kindsAskedBy(kinds.map((media) => anAnalysis({ media: [...media] })))).toEqual(asked);
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
