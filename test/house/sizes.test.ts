import { expect, it } from 'vitest';
import { sourceFiles } from './source-files.ts';

const source = sourceFiles('lambdas', 'lib');
const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

it('no file of the source has more than 200 lines', () => {
  const long = [...source].flatMap(([path, text]) => (linesOf(text).length > 200 ? [path] : []));

  expect(long).toEqual([]);
});

it('the stack class has fewer than 60 lines: it wires constructs and holds no details', () => {
  const text = source.get('lib/stack/media-batch-stack.ts') ?? '';
  const [, stack = text] = /^(export class MediaBatchStack[\s\S]*?^})/m.exec(text) ?? [];

  expect(stack).toContain('extends Stack');
  expect(linesOf(stack).length).toBeLessThan(60);
});

it('no file is flat in lambdas/shared', () => {
  expect([...source.keys()].filter((path) => /^lambdas\/shared\/[^/]+$/.test(path))).toEqual([]);
});

it('the source keeps to its budget of 32,000 lines', () => {
  const lines = [...source.values()].reduce((sum, text) => sum + linesOf(text).length, 0);

  expect(lines).toBeLessThanOrEqual(32_000);
});

it('comments keep to the 120 columns of the formatter', () => {
  const wide = [...source, ...sourceFiles('test')].flatMap(([path, text]) =>
    linesOf(text).flatMap((line, at) =>
      /^ *(?:\/\/|\*|\/\*\*)/.test(line) && line.length > 120 && !/https?:\/\/\S+$/.test(line)
        ? [`${path}:${at + 1}`]
        : [],
    ),
  );

  expect(wide).toEqual([]);
});
