import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../../../lambdas/shared/domain/request/request.ts';
import { expectOneSentence } from '../../../../support/one-sentence.ts';

const media = { prefixes: ['proxies/'] };

function problemOf(input: unknown): string {
  const parsed = parseRequest(input);
  return 'problem' in parsed ? parsed.problem : 'accepted';
}

describe('a request', () => {
  it('is accepted with prefixes alone', () => {
    expect(parseRequest({ media })).toEqual({ request: { media } });
  });

  it('is accepted with every field there is', () => {
    const request = {
      media: {
        prefixes: ['proxies/', ''],
        keys: ['a.mp4'],
        manifest: 's3://bucket/today.csv',
        include: ['**/*.{mp4,mov}'],
        exclude: ['**/draft-*'],
        newOnly: true,
      },
      model: 'us.amazon.nova-lite-v1:0',
      analyses: [
        'summary',
        {
          name: 'shots_2-b',
          prompt: 'List {{filename}}.',
          inference: { maxTokens: 2048, temperature: 0, topP: 1 },
          schema: { type: 'object' },
        },
      ],
      layout: 'auto',
      name: 'nightly.2026-11',
      timeoutHours: 72,
      belowMinimum: 'fail',
      retries: 5,
    };

    expect(parseRequest(request)).toEqual({ request });
  });
});

describe('what is no request', () => {
  it.each([
    [undefined, 'missing'],
    [null, 'null'],
    ['proxies/', '"proxies/"'],
    [3, '3'],
    [[], '[]'],
  ])('%j is refused with what came', (input, got) => {
    expectOneSentence(problemOf(input), `The request is ${got}; expected an object with "media": `);
  });

  it('is refused when it names neither media nor records, with an example', () => {
    expectOneSentence(
      problemOf({}),
      'names no media',
      '"prefixes", "keys" or "manifest"',
      'or "records"',
      'add {"media":{"prefixes":["proxies/"]}}',
    );
  });
});

describe('an unknown field', () => {
  it.each([
    [{ media, medai: {} }, '"medai"', 'media, records, retryOf, model, analyses'],
    [{ media: { ...media, prefix: 'a/' } }, '"media.prefix"', 'prefixes, keys, manifest, include, exclude'],
    [
      { media, analyses: [{ name: 'a', prompt: 'b', promt: 'c' }] },
      '"analyses[0].promt"',
      'name, prompt, media, inference',
    ],
    [
      { media, analyses: ['summary', { name: 'a', prompt: 'b', inference: { topK: 1 } }] },
      '"analyses[1].inference.topK"',
      'maxTokens, temperature, topP',
    ],
    [{ media, a: 1, 'b c. D': 2 }, '"a", "b c. D"', 'media, records, retryOf, model'],
  ])('of %j is refused by name, with those that are known there', (request, name, known) => {
    expectOneSentence(problemOf(request), `unknown field ${name}; expected ${known}`, 'correct its name or remove it');
  });

  it('is named before anything else that is wrong, so that a misspelt "media" is not called missing', () => {
    expectOneSentence(problemOf({ medai: media, timeoutHours: 1 }), 'unknown field "medai"');
  });
});

describe('prebuilt records', () => {
  const records = 's3://bucket/ready.ndjson';

  it.each([{ records }, { records: 'ready.NDJSON', layout: 'auto', retries: 0 }])('%j are a request', (request) => {
    expect(parseRequest(request)).toEqual({ request });
  });

  it.each([
    [{ records, media }, '"records" and "media"'],
    [{ records, media: { ...media, newOnly: true } }, '"records" and "media"'],
    [{ records, analyses: ['summary'] }, '"records" and "analyses"'],
    [{ records, layout: 'staged' }, '"records" and "layout": "staged"'],
  ])('%j are refused, because prebuilt records already contain it', (request, words) => {
    expectOneSentence(problemOf(request), words, 'remove ');
  });
});

describe('a field of the wrong kind', () => {
  it.each([
    [{ media: null }, '"media" of the request is null; expected an object'],
    [{ media: 'proxies/' }, '"media" of the request is "proxies/"; expected an object'],
    [{ media: {} }, '"media" of the request is {}; expected prefixes, keys or a manifest'],
    [{ media: { include: ['**'] } }, 'expected prefixes, keys or a manifest'],
    [
      { media: { manifest: 'today.xlsx' } },
      '"media.manifest" of the request is "today.xlsx"; expected the key of a .csv or .ndjson',
    ],
    [{ records: 'ready.jsonl' }, '"records" of the request is "ready.jsonl"; expected the key of an .ndjson'],
    [{ media: { prefixes: 'proxies/' } }, '"media.prefixes" of the request is "proxies/"; expected an array'],
    [{ media: { prefixes: [] } }, '"media.prefixes" of the request is []; expected at least one'],
    [{ media: { prefixes: ['a/', 1] } }, '"media.prefixes[1]" of the request is 1; expected a string'],
    [
      { media, analyses: [{ name: 'a', prompt: 'b', media: ['audio'] }] },
      'expected its "media[0]" to be "video" or "image"',
    ],
    [
      { media, analyses: [{ name: 'a', prompt: 'b', media: [] }] },
      '"analyses[0].media" of the request is []; expected at least one',
    ],
    [{ media: { keys: [''] } }, '"media.keys[0]" of the request is ""; expected at least one character'],
    [{ media: { ...media, include: [] } }, '"media.include" of the request is []; expected at least one'],
    [
      { media: { ...media, exclude: [''] } },
      '"media.exclude[0]" of the request is ""; expected at least one character',
    ],
    [{ media, layout: 'flat' }, '"layout" of the request is "flat"; expected "root" or "staged" or "auto"'],
    [{ media, retries: 6 }, '"retries" of the request is 6; expected at most 5'],
    [{ media, retries: -1 }, '"retries" of the request is -1; expected at least 0'],
    [{ media: { ...media, newOnly: 'yes' } }, '"media.newOnly" of the request is "yes"; expected a boolean'],
    [{ media, model: 3 }, '"model" of the request is 3; expected a string'],
    [{ media, analyses: 'summary' }, '"analyses" of the request is "summary"; expected an array'],
    [{ media, analyses: [] }, '"analyses" of the request is []; expected at least one'],
    [{ media, analyses: [3] }, '"analyses[0]" of the request is 3; expected the name of a built-in analysis or {'],
    [{ media, analyses: [{ name: 'a' }] }, 'expected its "prompt" to be a string'],
    [{ media, analyses: [{ prompt: 'a' }] }, 'expected its "name" to be a string'],
    [{ media, analyses: [{ name: 'a', prompt: '' }] }, '"analyses[0].prompt" of the request is ""'],
    [{ media, analyses: [{ name: 'a b', prompt: 'c' }] }, 'expected letters, digits, "-" and "_", at most 64'],
    [{ media, analyses: [{ name: 'a', prompt: 'b', schema: [] }] }, 'expected its "schema" to be an object'],
    [{ media, analyses: [{ name: 'a', prompt: 'b', inference: { maxTokens: 0 } }] }, 'is 0; expected at least 1'],
    [{ media, analyses: [{ name: 'a', prompt: 'b', inference: { temperature: 1.1 } }] }, 'is 1.1; expected at most 1'],
    [{ media, analyses: [{ name: 'a', prompt: 'b', inference: { topP: -0.1 } }] }, 'is -0.1; expected at least 0'],
    [{ media, timeoutHours: '72' }, '"timeoutHours" of the request is "72"; expected a number'],
    [{ media, timeoutHours: 24.5 }, '"timeoutHours" of the request is 24.5; expected a whole number'],
    [{ media, belowMinimum: 'skip' }, '"belowMinimum" of the request is "skip"; expected "pad" or "fail"'],
  ])('as in %j is refused with what was expected', (request, words) => {
    expectOneSentence(problemOf(request), words, 'correct it.');
  });

  it('is truncated when it is long, so that the sentence stays readable', () => {
    const problem = problemOf({ media, model: ['x'.repeat(5000)] });

    expectOneSentence(problem, '…; expected a string');
    expect(problem.length).toBeLessThan(200);
  });
});

describe('the limits of a request', () => {
  it.each([
    [23, 'expected at least 24'],
    [24, 'accepted'],
    [168, 'accepted'],
    [169, 'expected at most 168'],
  ])('a timeout of %i hours: %s', (timeoutHours, words) => {
    expect(problemOf({ media, timeoutHours })).toContain(words);
  });

  it.each([
    ['a', 'accepted'],
    ['a'.repeat(40), 'accepted'],
    ['a'.repeat(41), 'at most 40'],
    ['night.ly-2', 'accepted'],
    ['my_run', 'no "_"'],
    ['my+run', 'expected letters'],
    ['-run', 'expected letters'],
    ['', 'expected letters'],
    ['run\n', 'expected letters'],
  ])('the name %j: %s', (name, words) => {
    expect(problemOf({ media, name })).toContain(words);
  });

  it.each([
    ['a'.repeat(64), 'accepted'],
    ['a'.repeat(65), 'at most 64'],
    ['../a', 'expected letters'],
  ])('the analysis name %j: %s', (name, words) => {
    expect(problemOf({ media, analyses: [{ name, prompt: 'p' }] })).toContain(words);
  });
});
