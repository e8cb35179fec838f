import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAnswer } from '../../../lambdas/collect-results/read-answer.ts';
import { jsonReader } from '../../../lambdas/collect-results/read-json.ts';
import { writeResult } from '../../../lambdas/collect-results/write-result.ts';
import { compileAnswerSchema } from '../../../lambdas/shared/domain/analysis/answer-schema.ts';
import { aJob, anAnalysis, aPlannedRecord, prefixes } from '../../support/factories.ts';
import { answerLine } from '../../support/output-lines.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { shotsSchema } from './shots-schema.ts';

const read = jsonReader(compileAnswerSchema(shotsSchema));

describe('100,000 broken answers', () => {
  // Most of what reading them takes is the stacks of errors that nobody looks at.
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  const good = [
    JSON.stringify({ title: 'A "quoted" title: {x} [y] ```z``` \\ ü 🎬', shots: [{ seconds: 1.5 }, { seconds: 2 }] }),
    `Here it is:\n\`\`\`json\n${JSON.stringify({ title: 'a', shots: [] }, null, 2)}\n\`\`\`\nDone.`,
    `As [1] says of {x}: ${JSON.stringify({ title: 'a' })}`,
  ];
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    ',',
    ':',
    '\\',
    '\\u',
    '\n',
    '```',
    '```json\n',
    '\0',
    '\uD83C',
    '\uFEFF',
    '/*',
    '//',
    '__proto__',
    'null',
    '-',
    '1e999',
    ' ',
    '<thinking>',
    'ü',
  ];

  function mutated(text: string, { below }: ReturnType<typeof seededRandom>): string {
    const at = below(text.length + 1);
    switch (below(6)) {
      case 0:
        return text.slice(0, at);
      case 1:
        return text.slice(at);
      case 2:
        return text.slice(0, at) + text.slice(at + 1 + below(8));
      case 3:
        return text.slice(0, at) + text.slice(below(text.length + 1));
      default:
        return text.slice(0, at) + (pieces[below(pieces.length)] ?? '') + text.slice(at);
    }
  }

  it('all come to a result with the raw text, or to a failure, and what is called right is right', async () => {
    const random = seededRandom(5);
    const check = compileAnswerSchema(shotsSchema);
    const [job, planned, analysis] = [aJob(), aPlannedRecord(1), anAnalysis({ schema: shotsSchema })];
    let written: unknown;
    const store = {
      writeJson: async (_key: string, value: unknown) => {
        written = value;
      },
    };
    const counts = { right: 0, repaired: 0, wrong: 0, none: 0 };
    for (let number = 0; number < 100_000; number++) {
      let text = good[number % good.length] ?? '';
      for (let times = random.below(4); times >= 0; times--) text = mutated(text, random);

      const answer = readAnswer(answerLine('r', { text }));
      if (answer?.text === undefined) {
        if (answer?.failure === undefined || text.trim() !== '') expect.fail(`${JSON.stringify(text)} is lost`);
        continue;
      }
      const json = read(answer.text);
      await writeResult(
        { job, planned, analysis, answer: { ...answer, text: answer.text }, json, price: 'unknown' },
        store,
        prefixes,
      );

      if (Object(written).text !== text) expect.fail(`${JSON.stringify(text)} is not the text of its result`);
      if (json.schemaErrors === undefined && check(Object(written).json).length > 0) {
        expect.fail(`${JSON.stringify(text)} does not match`);
      }
      if (json.schemaErrors?.length === 0) expect.fail(`${JSON.stringify(text)} is wrong for no reason`);
      counts[json.json === undefined ? 'none' : json.schemaErrors ? 'wrong' : json.repaired ? 'repaired' : 'right'] +=
        1;
    }

    // Each kind is there in numbers, or the mutations would test nothing.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(2_000);
  });
});
