import { describe, expect, it } from 'vitest';
import { builtInAnalyses } from '../../../../lambdas/plan-run/request/built-in-analyses.ts';
import { resolveAnalyses } from '../../../../lambdas/plan-run/request/resolve-analyses.ts';
import { RequestRefused } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { findModel, type Model } from '../../../../lambdas/shared/domain/model/models.ts';
import type { AnalysisRequest } from '../../../../lambdas/shared/domain/request/request.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';

function modelOf(modelId: string): Model {
  const found = findModel(modelId);
  if (found === undefined) throw new TypeError(`There is no model ${modelId}.`);
  return found.model;
}

function resolve(requested: readonly AnalysisRequest[] | undefined, modelId = 'us.amazon.nova-lite-v1:0') {
  return resolveAnalyses(requested, modelId, modelOf(modelId));
}

function refusalOf(requested: readonly AnalysisRequest[]): string {
  try {
    resolve(requested);
  } catch (error) {
    if (error instanceof RequestRefused) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the analyses of a request', () => {
  it('are the summary when it names none', () => {
    expect(resolve(undefined).map(({ name }) => name)).toEqual(['summary']);
  });

  it('are complete, in the order of the request, built-in or free', () => {
    const schema = { type: 'object' };
    const free = { name: 'shots', prompt: 'List {{filename}}.', inference: { temperature: 0.5 }, schema };

    const [elements, shots] = resolve(['elements', free]);

    expect(elements).toMatchObject({ name: 'elements', inference: { maxTokens: 3000, temperature: 0 } });
    expect(elements?.schema).toHaveProperty('properties.elements');
    expect(shots).toEqual({
      ...free,
      media: ['video', 'image'],
      inference: { temperature: 0.5, maxTokens: 2000 },
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('have a fingerprint that does not depend on their name, but on the model', () => {
    const [one] = resolve([{ name: 'a', prompt: 'List.' }]);
    const [other] = resolve([{ name: 'b', prompt: 'List.' }]);
    const [ofPro] = resolve([{ name: 'a', prompt: 'List.' }], 'us.amazon.nova-pro-v1:0');

    expect(one?.fingerprint).toBe(other?.fingerprint);
    expect(one?.fingerprint).not.toBe(ofPro?.fingerprint);
  });

  it('are for every kind of media that the model takes, unless they say for which', () => {
    const free: AnalysisRequest[] = [
      { name: 'a', prompt: 'List.', media: ['image'] },
      { name: 'b', prompt: 'Name.', media: ['image', 'video'] },
    ];
    const model = { ...modelOf('us.amazon.nova-lite-v1:0'), media: ['video'] as const };

    expect(resolve(['summary', 'chapters', 'elements', ...free]).map(({ media }) => media)).toEqual([
      ['video', 'image'],
      ['video'],
      ['video', 'image'],
      ['image'],
      ['image', 'video'],
    ]);
    expect(resolveAnalyses(['summary', ...free], 'm', model).map(({ media }) => media)).toEqual([
      ['video'],
      [],
      ['video'],
    ]);
  });

  it('ask the same of whatever kind they are for, by their fingerprint', () => {
    const [videos, images] = resolve([
      { name: 'a', prompt: 'List.', media: ['video'] },
      { name: 'b', prompt: 'List.', media: ['image'] },
    ]);

    expect(videos?.fingerprint).toBe(images?.fingerprint);
  });

  it.each([
    [5000, 'accepted'],
    [5001, 'Analysis "a" asks for maxTokens 5001; Nova Lite gives at most 5000: lower it or choose another model.'],
  ])('may ask for as many tokens as the model has: %i', (maxTokens, words) => {
    const refusal = refusalOf([{ name: 'a', prompt: 'List.', inference: { maxTokens } }]);

    expect(refusal).toBe(words);
  });
});

describe('an analysis that cannot work is refused', () => {
  it('when no built-in one has its name', () => {
    expectOneSentence(
      refusalOf(['sumary']),
      '"analyses" of the request names "sumary"; the built-in analyses are summary, chapters, elements',
      'bring your own as {"name", "prompt"}',
    );
  });

  it.each([
    [['summary', 'chapters', 'summary'], '"summary" twice'],
    [
      [
        { name: 'a', prompt: 'x' },
        { name: 'a', prompt: 'y' },
      ],
      '"a" twice',
    ],
  ])('when a name comes twice: %j', (requested, words) => {
    expectOneSentence(refusalOf(requested), words, 'expected each name once', 'give one of them another');
  });

  it('when another one asks the same of the same media, so that nothing is paid for twice', () => {
    expectOneSentence(
      refusalOf(['summary', { name: 'a', prompt: 'x', media: ['image'] }, { name: 'b', prompt: 'x' }]),
      'asks the same under the names "a" and "b"; expected each question once: leave one of them out',
    );
    expect(
      refusalOf([
        { name: 'a', prompt: 'x' },
        { name: 'b', prompt: 'x', inference: { temperature: 1 } },
      ]),
    ).toBe('accepted');
  });

  it('when it takes the name of a built-in one', () => {
    expectOneSentence(
      refusalOf([{ name: 'chapters', prompt: 'x' }]),
      'defines "chapters", which is the name of a built-in analysis: give yours another name',
    );
  });

  it.each(['file', 'Key', 'toString', ''])('when its prompt has the unknown placeholder %j', (name) => {
    expectOneSentence(
      refusalOf([{ name: 'a', prompt: `Watch {{${name}}}.` }]),
      `The prompt of analysis "a" has the placeholder {{${name}}}; expected {{key}}, {{filename}}, {{folder}}, {{kind}}`,
    );
  });
});

describe('the built-in analyses', () => {
  it.each(builtInAnalyses)(
    'ask for $name within what every model gives, with a schema that forbids anything else',
    (analysis) => {
      expect(analysis.prompt.length).toBeGreaterThan(200);
      expect(analysis.inference?.maxTokens).toBeLessThanOrEqual(5000);
      expect(analysis.schema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(Object.keys(Object(analysis.schema?.properties))).toEqual(analysis.schema?.required);
    },
  );

  it.each(builtInAnalyses)('name the kind of media where $name is for more than one', ({ media, prompt }) => {
    expect(prompt.includes('{{kind}}')).toBe(media === undefined);
  });
});

describe('columns of a manifest', () => {
  const prompt = 'What did {{ Camera 7 }} see in {{filename}}?';

  it('are taken for placeholders where there is one, and part of the question', () => {
    const model = modelOf('us.amazon.nova-lite-v1:0');

    expect(resolveAnalyses([{ name: 'a', prompt }], 'm', model, true)).toMatchObject([{ name: 'a', prompt }]);
    expect(refusalOf([{ name: 'a', prompt }])).toContain('the placeholder {{Camera 7}}; expected {{key}}');
  });
});
