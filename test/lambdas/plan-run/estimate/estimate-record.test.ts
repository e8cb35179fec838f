import { describe, expect, it } from 'vitest';
import { askedBy } from '../../../../lambdas/plan-run/estimate/estimate-record.ts';
import { anAnalysis, aPlannedRecord } from '../../../support/factories.ts';

const finished = (modelInput: Record<string, never> | object, maxTokens?: number) =>
  askedBy(
    {
      key: 'mine-1',
      etag: '',
      bytes: 0,
      analysis: 'records',
      prebuilt: { modelInput: JSON.parse(JSON.stringify(modelInput)) },
      maxTokens,
    },
    undefined,
    5000,
  );

const video = { video: { format: 'mp4', source: { s3Location: { uri: 's3://media-bucket/proxies/a.mp4' } } } };
const image = { image: { format: 'png', source: { bytes: 'aGVsbG8='.repeat(1000) } } };
const messages = (...content: object[]) => [{ role: 'user', content }];

describe('what a record asks', () => {
  it('is its prompt as it is sent, with the schema that it demands, and the room for its answer', () => {
    const analysis = anAnalysis({ prompt: 'Is {{filename}} an ü?', inference: { maxTokens: 70 } });

    expect(askedBy(aPlannedRecord(1), analysis, 5000)).toEqual({
      textBytes: Buffer.byteLength('Is C0001.MP4 an ü?'),
      maxTokens: 70,
      kind: 'video',
      unknownMedia: [],
    });
    const schema = { type: 'object', properties: { title: { type: 'string' } } };
    expect(askedBy(aPlannedRecord(1), { ...analysis, schema }, 5000).textBytes).toBeGreaterThan(
      JSON.stringify(schema).length + 100,
    );
  });

  it('has more room after an answer that was truncated, and all of the model where nothing limits it', () => {
    const analysis = anAnalysis({ inference: {} });

    expect(askedBy(aPlannedRecord(1, { maxTokens: 900 }), analysis, 5000).maxTokens).toBe(900);
    expect(askedBy(aPlannedRecord(1), analysis, 5000).maxTokens).toBe(5000);
  });

  it('is a programming error for an analysis that the plan does not have', () => {
    expect(() => askedBy(aPlannedRecord(1), undefined, 5000)).toThrow('expected an analysis of the plan');
  });
});

describe('what a prebuilt record asks', () => {
  it('is its text, system prompt included, and its media as the longest, whatever they are', () => {
    const body = { system: [{ text: 'Be brief.' }], messages: messages(video, image, { text: 'What is it?' }) };

    expect(finished({ ...body, inferenceConfig: { maxTokens: 50 } })).toEqual({
      textBytes: 'Be brief.What is it?'.length,
      maxTokens: 50,
      unknownMedia: ['video', 'image'],
    });
  });

  it.each([
    [{ inferenceConfig: { maxTokens: 50 } }, 50],
    [{ inferenceConfig: { max_new_tokens: 60 } }, 60],
    [{ inferenceConfig: { maxTokens: 50, max_new_tokens: 60 } }, 60],
    [{ inferenceConfig: { maxTokens: 1e9 } }, 5000],
    [{ inferenceConfig: { maxTokens: -7 } }, 5000],
    [{ inferenceConfig: { maxTokens: 0.5 } }, 5000],
    [{ inferenceConfig: [{ maxTokens: 1 }] }, 5000],
    [{ toolConfig: { maxTokens: 1 } }, 5000],
    [{ max_tokens: 60 }, 5000],
    [{}, 5000],
  ])('is limited by %j to %d tokens', (limits, maxTokens) => {
    expect(finished({ schemaVersion: 'messages-v1', messages: messages({ text: 'Hi.' }), ...limits })).toEqual({
      textBytes: 3,
      maxTokens,
      unknownMedia: [],
    });
  });

  it('has the room that a further attempt gives it', () => {
    expect(finished({ messages: messages({ text: 'Hi.' }), inferenceConfig: { maxTokens: 50 } }, 100).maxTokens).toBe(
      100,
    );
  });

  it('is also the text beside a source', () => {
    const asked = finished({ messages: [{ role: 'user', source: {}, content: [{ text: 'A long text.' }] }] });

    expect(asked.textBytes).toBe('A long text.'.length);
  });

  it('takes other media for the dearest', () => {
    expect(finished({ messages: messages({ document: { source: { bytes: 'x' } } }) }).unknownMedia).toEqual(['video']);
  });
});
