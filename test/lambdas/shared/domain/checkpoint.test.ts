import { describe, expect, it } from 'vitest';
import { checkpointSchema, maxTurns, nextCheckpoint } from '../../../../lambdas/shared/domain/checkpoint.ts';
import { isRefusal } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';

const next = (earlier?: { turn: number }) =>
  nextCheckpoint(earlier, { ...earlier, lines: 7 }, 'Collecting job a', 'divide the request');

describe('a checkpoint', () => {
  it('begins the second turn where the first one had none, and then one more each time', () => {
    expect(next()).toEqual({ turn: 2, lines: 7 });
    expect(next(next())).toEqual({ turn: 3, lines: 7 });
    expect(next({ turn: maxTurns - 1 }).turn).toBe(maxTurns);
  });

  it('is refused after the last turn, with what did not end and what to do', () => {
    try {
      next({ turn: maxTurns });
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      expectOneSentence(error.message, 'Collecting job a did not end in 20 turns of 15 minutes: divide the request.');
      expect(isRefusal({ error: error.name })).toBe(true);
    }
  });

  it('has its own fields and no others', () => {
    const schema = checkpointSchema({});

    expect(schema.safeParse({ turn: 1 }).success).toBe(true);
    for (const value of [{}, { turn: 0 }, { turn: 1.5 }, { turn: 1, lines: 7 }]) {
      expect(schema.safeParse(value).success).toBe(false);
    }
  });
});
