import { describe, expect, it } from 'vitest';
import { findRun } from '../../../../lib/cli/aws/find-run.ts';
import type { ListedExecution } from '../../../../lib/cli/aws/runs.ts';
import { sampleRun } from '../samples.ts';

/** Finds a run among executions of these names, of which the table knows some. */
function find(named: string, names: string[], known: string[] = []) {
  const listed = (name: string): ListedExecution => ({
    ...{ executionArn: `arn:${name}`, name, status: 'SUCCEEDED', startedAt: new Date(0) },
  });
  return findRun(named, {
    item: async (runId) => (known.includes(runId) ? sampleRun({ runId }) : undefined),
    execution: async (name) => (names.includes(name) ? listed(name) : undefined),
    async *executions() {
      yield* names.map(listed);
    },
  });
}

describe('finding a run', () => {
  it.each([
    ['by the beginning of its ID', 'night', ['nightly-1', 'other-1'], [], 'nightly-1'],
    ['by its whole ID, which another one begins with', 'nightly-1', ['nightly-12', 'nightly-1'], [], 'nightly-1'],
    ['that Step Functions has forgotten and the table has not', 'old-1', [], ['old-1'], 'old-1'],
    ['and not an execution that resumes it', 'night', ['nightly-1-resume-1', 'nightly-1'], [], 'nightly-1'],
    ['that is only called like such a one', 'my', ['my-resume-1'], ['my-resume-1'], 'my-resume-1'],
  ])('finds one %s', async (_, named, names, known, found) => {
    expect(await find(named, names, known)).toBe(found);
  });

  it('refuses to choose, and names the candidates', async () => {
    const names = Array.from({ length: 7 }, (_, at) => `nightly-${at}`);

    await expect(find('nightly', names)).rejects.toThrow(
      'nightly is the beginning of 7 run IDs (nightly-0, nightly-1, nightly-2, nightly-3, nightly-4 and 2 more): ' +
        'give more of the ID.',
    );
  });

  it('says where runs are listed if there is no such run', async () => {
    await expect(find('x', ['nightly-1'])).rejects.toThrow(
      /^There is no run x in this stack, .+"media-batch status"\.$/,
    );
  });

  it.each([
    ['', '""'],
    ['x\u001b[2J', '"x�[2J"'],
    ['nightly 1', '"nightly 1"'],
    ['../nightly-1', '"../nightly-1"'],
    ['arn:aws:states', '"arn:aws:states"'],
    ['n'.repeat(81), `"${'n'.repeat(81)}"`],
  ])('refuses %j, which is no valid name, before it asks AWS', async (named, shown) => {
    await expect(find(named, [named || 'nightly-1'], [named])).rejects.toThrow(
      `${shown} is not a run ID or the beginning of one, expected 1 to 80 letters, digits, "-", "_" and ".": ` +
        'see "media-batch status".',
    );
  });

  it('accepts each name that Step Functions accepts', async () => {
    expect(await find('é@1', ['é@1+(x)'])).toBe('é@1+(x)');
  });
});
