import { describe, expect, it } from 'vitest';
import { resolveModel } from '../../../../lambdas/plan-run/request/resolve-model.ts';
import { RequestRefused } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';

const deployed = ['us.amazon.nova-lite-v1:0', 'us.amazon.nova-pro-v1:0'];

function refusalOf(requested: string, ids: readonly string[] = deployed): string {
  try {
    resolveModel(requested, ids);
  } catch (error) {
    if (error instanceof RequestRefused) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the model of a request', () => {
  it('is the first that the stack was deployed for when the request names none', () => {
    expect(resolveModel(undefined, deployed)).toMatchObject({ modelId: deployed[0], model: { label: 'Nova Lite' } });
  });

  it('is the named one, under the ID that it was named by', () => {
    expect(resolveModel(deployed[1], deployed)).toMatchObject({ modelId: deployed[1], model: { label: 'Nova Pro' } });
  });

  it.each(['anthropic.claude-haiku-4-5-20251001-v1:0', 'us.amazon.nova-lite-v2:0', ''])(
    'is refused when nobody knows it to have batch jobs over media: %j',
    (id) => {
      expectOneSentence(
        refusalOf(id),
        `"model" of the request is "${id}", which is not known to have batch jobs over media in S3; expected one of`,
        'this stack was deployed for us.amazon.nova-lite-v1:0, us.amazon.nova-pro-v1:0',
      );
      expect(refusalOf(id)).not.toContain('nova-micro');
    },
  );

  it('is refused when it takes no media from S3', () => {
    expectOneSentence(
      refusalOf('us.amazon.nova-micro-v1:0'),
      'Nova Micro takes no media from S3 in a batch job; expected one that does',
    );
  });

  it.each(['amazon.nova-lite-v1:0', 'eu.amazon.nova-lite-v1:0', 'us.amazon.nova-2-lite-v1:0'])(
    'is refused when the stack was not deployed for it, even for the same model by another way: %s',
    (id) => {
      expectOneSentence(
        refusalOf(id),
        `"model" of the request is ${id}, but this stack was deployed for`,
        `deploy again with -c models=us.amazon.nova-lite-v1:0,us.amazon.nova-pro-v1:0,${id}`,
      );
    },
  );

  it('is not to be found in a stack without models', () => {
    expect(() => resolveModel(undefined, [])).toThrow(RequestRefused);
  });
});
