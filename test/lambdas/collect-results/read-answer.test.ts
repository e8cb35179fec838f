import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../lambdas/collect-results/read-answer.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';

/** The line of a record with whatever Bedrock may say about it. */
const lineWith = (fields: object) => JSON.stringify({ recordId: 'r', modelInput: {}, ...fields });
const outputWith = (content: unknown, more: object = {}) => ({
  modelOutput: { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', ...more },
});

describe('an answer', () => {
  it('is read with its text, its tokens and why it stopped', () => {
    expect(readAnswer(answerLine('r', { text: 'A dog.', inputTokens: 2880, outputTokens: 3 }))).toEqual({
      recordId: 'r',
      text: 'A dog.',
      stopReason: 'end_turn',
      inputTokens: 2880,
      outputTokens: 3,
    });
  });

  it('may have several blocks, some of them without text', () => {
    const line = lineWith(outputWith([{ text: 'A ' }, { reasoningContent: { x: 1 } }, { text: 'dog.' }]));

    expect(readAnswer(line)).toMatchObject({ text: 'A dog.' });
  });

  it('of Converse is read past its reasoning, its metrics and what it leaves empty', () => {
    const reasoningContent = { reasoningText: { text: 'I see fur.', signature: 's' } };
    const content = [{ reasoningContent }, { text: 'A dog.', image: null }, { text: null, toolUse: {} }];
    const usage = { inputTokens: 7, outputTokens: 3, totalTokens: 10, cacheReadInputTokens: 0 };
    const line = lineWith(outputWith(content, { usage, metrics: { latencyMs: 812 }, trace: null }));

    expect(readAnswer(line)).toEqual({
      recordId: 'r',
      text: 'A dog.',
      stopReason: 'end_turn',
      inputTokens: 7,
      outputTokens: 3,
    });
  });

  it.each([{}, { usage: undefined }, { usage: null }])('may come without a count of its tokens: %j', (more) => {
    expect(readAnswer(lineWith(outputWith([{ text: 'A dog.' }], more)))).toEqual({
      recordId: 'r',
      text: 'A dog.',
      stopReason: 'end_turn',
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  it('is none of a failure because Bedrock writes an empty error beside it', () => {
    expect(readAnswer(lineWith({ ...outputWith([{ text: 'A dog.' }]), error: null }))).toMatchObject({
      text: 'A dog.',
    });
    expect(readAnswer(lineWith({ ...outputWith([{ text: 'A dog.' }]), error: null }))).not.toHaveProperty('failure');
  });
});

describe('the shapes of an answer', () => {
  const claude = (content: unknown, more: object = {}) => ({
    modelOutput: {
      type: 'message',
      content,
      stop_reason: 'end_turn',
      usage: { input_tokens: 7, output_tokens: 3 },
      ...more,
    },
  });

  it.each([
    ['Nova, InvokeModel', { ...outputWith([{ text: 'A dog.' }], { usage: { inputTokens: 7, outputTokens: 3 } }) }],
    [
      'Converse, with reasoning',
      outputWith([{ reasoningContent: { reasoningText: { text: 'Fur.' } } }, { text: 'A dog.' }], {
        usage: { inputTokens: 7, outputTokens: 3 },
      }),
    ],
    ['Claude, messages', claude([{ type: 'text', text: 'A dog.' }])],
    [
      'Claude, with thinking, a tool and several texts',
      claude([
        { type: 'thinking', thinking: 'Fur.', signature: 's' },
        { type: 'redacted_thinking', data: 'x' },
        { type: 'text', text: 'A ' },
        { type: 'tool_use', id: 't', name: 'look', input: { text: 'no' } },
        { type: 'text', text: 'dog.' },
      ]),
    ],
    [
      'Claude, with blocks that nobody knows',
      claude([null, 'text', { type: 'mood', text: 'no' }, { type: 'text', text: 'A dog.' }]),
    ],
  ])('all come to its text, its tokens and its stop reason: %s', (_, fields) => {
    expect(readAnswer(lineWith(fields))).toEqual({
      ...{ recordId: 'r', text: 'A dog.', stopReason: 'end_turn', inputTokens: 7, outputTokens: 3 },
    });
  });

  it.each([
    ['max_tokens', outputWith([{ text: 'A d' }], { stopReason: 'max_tokens' })],
    ['maxTokens', outputWith([{ text: 'A d' }], { stopReason: 'maxTokens' })],
    ['MAX_TOKENS', outputWith([{ text: 'A d' }], { stopReason: 'MAX_TOKENS' })],
    ['length', outputWith([{ text: 'A d' }], { stopReason: 'length' })],
    ['max_tokens of Claude', claude([{ type: 'text', text: 'A d' }], { stop_reason: 'max_tokens' })],
    [
      'max_tokens, when all of them went into reasoning',
      claude([{ type: 'thinking', thinking: 'Fur' }], { stop_reason: 'max_tokens' }),
    ],
  ])('say that the answer was truncated, in whichever words: %s', (_, fields) => {
    expect(readAnswer(lineWith(fields))).toMatchObject({ isTruncated: true, stopReason: 'max_tokens' });
  });

  it.each([
    ['thinking', claude([{ type: 'thinking', thinking: 'Fur.' }])],
    ['a tool', claude([{ type: 'tool_use', id: 't', name: 'look', input: {} }], { stop_reason: 'tool_use' })],
    ['reasoning', outputWith([{ reasoningContent: { reasoningText: { text: 'Fur.' } } }])],
    ['nothing', claude([])],
  ])('have no text where there is only %s', (_, fields) => {
    expect(readAnswer(lineWith(fields))).toMatchObject({ failure: expect.stringContaining('the answer has no text') });
  });

  it('have no tokens that are no numbers', () => {
    const usage = { input_tokens: '7', output_tokens: -1 };

    expect(readAnswer(lineWith(claude([{ type: 'text', text: 'A dog.' }], { usage })))).toMatchObject({
      ...{ text: 'A dog.', inputTokens: 0, outputTokens: 0 },
    });
  });

  it('say where Claude refused', () => {
    expect(readAnswer(lineWith(claude([{ type: 'text', text: 'No' }], { stop_reason: 'refusal' })))).toMatchObject({
      failure: 'the answer was withheld (stop reason refusal)',
    });
  });
});

describe('a failed record', () => {
  it.each([
    [errorLine('r', 400, 'Bad video'), '400: Bad video'],
    [lineWith({ error: {} }), 'error: Bedrock gives no message'],
    [lineWith({ error: { errorCode: 409, errorMessage: null } }), '409: Bedrock gives no message'],
    [lineWith({ error: { errorCode: null, errorMessage: 'Odd' } }), 'error: Odd'],
    [lineWith({ error: 'Internal failure' }), 'error: Internal failure'],
    [lineWith({ error: { errorCode: 400, errorMessage: 'x' }, modelOutput: null }), '400: x'],
  ])('has no modelOutput to read and says why: %s', (line, failure) => {
    expect(readAnswer(line)).toEqual({ recordId: 'r', inputTokens: 0, outputTokens: 0, failure });
  });

  it.each([
    [errorLine('r', 'ThrottlingException', 'Slow down'), 'ThrottlingException: Slow down'],
    [lineWith({ error: { errorCode: 500, errorMessage: null } }), '500: Bedrock gives no message'],
  ])('says so when it may pass: %s', (line, failure) => {
    expect(readAnswer(line)).toEqual({ recordId: 'r', inputTokens: 0, outputTokens: 0, failure, isRetryable: true });
  });

  it('has a reason of at most 500 characters, because 100,000 of them are in memory at once', () => {
    const { failure = '' } = readAnswer(errorLine('r', 400, 'x'.repeat(10_000))) ?? {};

    expect(failure).toHaveLength(501);
    expect(failure).toMatch(/^400: x+…$/);
  });

  it.each([
    {},
    { modelOutput: null },
    { modelOutput: 'text' },
    { modelOutput: { content: [{ text: 'without a stop reason' }] } },
    { modelOutput: { content: 'text', stop_reason: 'end_turn' } },
    { modelOutput: { choices: [{ message: { content: 'in the shape of nobody here' } }] } },
    { modelOutput: { output: { message: { content: 'text' } }, stopReason: 'end_turn' } },
  ])('is also one whose answer has another shape: %j', (fields) => {
    expect(readAnswer(lineWith(fields))).toMatchObject({
      recordId: 'r',
      failure: 'the answer has no shape that models answer in (Nova, Converse, Claude messages)',
    });
  });

  it('is one whose answer was truncated, with its tokens and how to get more', () => {
    const line = answerLine('r', { text: '{"a":', stopReason: 'max_tokens', outputTokens: 100 });

    expect(readAnswer(line)).toMatchObject({
      failure: "the answer was truncated at 100 tokens: allow more with the analysis's inference.maxTokens",
      isTruncated: true,
      inputTokens: 100,
      outputTokens: 100,
    });
  });

  it.each([
    ['content_filtered', 'was withheld'],
    ['guardrail_intervened', 'was withheld'],
    ['malformed_model_output', 'is not whole'],
    ['malformed_tool_use', 'is not whole'],
    ['model_context_window_exceeded', 'is not whole'],
  ])('is one that stopped for %s, though it has text: it %s', (stopReason, words) => {
    const line = answerLine('r', { text: 'A d', stopReason, inputTokens: 7, outputTokens: 1 });

    expect(readAnswer(line)).toMatchObject({
      failure: `the answer ${words} (stop reason ${stopReason})`,
      inputTokens: 7,
    });
  });

  it.each([
    [[]],
    [[{ text: '' }]],
    [[{ reasoningContent: { reasoningText: { text: 'Hm.' } } }]],
    [[{ text: ' \n' }]],
    [[{ toolUse: {} }]],
  ])('is one whose answer has no text, as 329 "successes" with 0 tokens were elsewhere: %j', (content) => {
    const line = lineWith(outputWith(content, { stopReason: 'content_filtered' }));

    expect(readAnswer(line)).toMatchObject({ failure: 'the answer has no text (stop reason content_filtered)' });
  });
});

describe('a line that Bedrock did not write', () => {
  it.each(['', 'text', '{', 'null', '[]', '1', '{}', '{"recordId":1}', '{"modelOutput":{}}', '{"recordId":"r"'])(
    'such as %j is no answer of any record',
    (line) => {
      expect(readAnswer(line)).toBeUndefined();
    },
  );
});
