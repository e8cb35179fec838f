import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type SampleClip, sampleClips } from '../../../support/clips.ts';
import { localBedrock, type OutputLine, sample, textRecord, videoRecord } from './local-bedrock.ts';

const contentTypes = { mkv: 'video/x-matroska', mov: 'video/quicktime', mp4: 'video/mp4', webm: 'video/webm' };
const textOf = (line: OutputLine | undefined) => line?.modelOutput?.output.message.content[0]?.text ?? '';

const sceneSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['title', 'durationSeconds', 'scenes'],
  properties: {
    title: { type: 'string', maxLength: 20, description: 'A title with a brace } and a "quote".' },
    durationSeconds: { type: 'number', minimum: 0 },
    width: { type: 'integer' },
    height: { type: 'integer' },
    mood: { enum: ['calm', 'busy'] },
    hasPeople: { type: 'boolean' },
    people: { type: 'integer', minimum: 2 },
    rating: { type: 'number', maximum: -1 },
    speaker: { type: ['null', 'string'] },
    language: { anyOf: [{ const: 'en' }, { type: 'null' }] },
    nothing: { type: 'array', maxItems: 0, items: { type: 'string' } },
    scenes: {
      type: 'array',
      minItems: 2,
      items: {
        type: 'object',
        properties: {
          startSeconds: { type: 'number' },
          endSeconds: { type: 'number' },
          firstSeenSeconds: { type: 'integer' },
          lastSeenSeconds: { type: 'integer' },
          what: { type: 'string', minLength: 200 },
        },
      },
    },
  },
};

test('every sample clip is answered truly, from the object that S3 has', async () => {
  const { answer, put } = await localBedrock();
  const prompt = `Describe {it} as JSON by this schema:\n${JSON.stringify(sceneSchema, undefined, 2)}\nNothing else.`;
  const putClip = ({ key, container }: SampleClip) =>
    put(`in/${key}`, sample(key), { contentType: contentTypes[container] });
  await Promise.all(sampleClips.map(putClip));

  const { lines } = await answer(
    sampleClips.map(({ key, container }) =>
      videoRecord(key, `s3://media/in/${key}`, { text: prompt, format: container }),
    ),
  );

  const seen = sampleClips.map(({ key }) => {
    const { durationSeconds, width, height } = JSON.parse(textOf(lines.get(key)));
    return { key, durationSeconds, width, height };
  });
  expect(seen).toEqual(
    sampleClips.map(({ key, durationSeconds, width, height }) => ({ key, durationSeconds, width, height })),
  );
});

test('an answer to a prompt with a schema is an instance of it, with true numbers and one sentence', async () => {
  const { answer, put } = await localBedrock();
  await put('in/a.mp4', sample('proxies/C0126_33938_720p15.MP4'), { contentType: 'video/mp4' });
  const text = `Answer in JSON like {this}: ${JSON.stringify(sceneSchema)}`;

  const { lines } = await answer([videoRecord('a', 's3://media/in/a.mp4', { text })]);

  const sentence = 'Simulated answer, no model has seen this: MPEG-4, AVC, 160x90 pixels, 3.2 s, 20270 bytes.';
  expect(JSON.parse(textOf(lines.get('a')))).toEqual({
    title: 'Simulated answer, no',
    durationSeconds: 3.2,
    width: 160,
    height: 90,
    mood: 'calm',
    hasPeople: false,
    people: 2,
    rating: -1,
    speaker: null,
    language: 'en',
    nothing: [],
    scenes: [
      { startSeconds: 0, endSeconds: 1.6, firstSeenSeconds: 0, lastSeenSeconds: 1, what: sentence.padEnd(200, '.') },
      { startSeconds: 1.6, endSeconds: 3.2, firstSeenSeconds: 1, lastSeenSeconds: 3, what: sentence.padEnd(200, '.') },
    ],
  });
});

test('a schema made by zod is filled so that zod accepts it', async () => {
  const { answer } = await localBedrock();
  const schema = z.strictObject({
    summary: z.string().min(1).max(50),
    shots: z.array(z.strictObject({ start: z.number().min(0), end: z.number(), count: z.int().positive() })).min(1),
    note: z.string().optional(),
  });

  const { lines } = await answer([textRecord('a', `JSON only: ${JSON.stringify(z.toJSONSchema(schema))}`, {})]);

  expect(schema.safeParse(JSON.parse(textOf(lines.get('a')))).error).toBeUndefined();
});

test('a prompt without a schema is answered in a sentence that says it is simulated', async () => {
  const { answer, put } = await localBedrock();
  await put('in/a.webm', sample('proxies/drone-ridge-pass.240p.webm'), { contentType: 'video/webm' });

  const { lines } = await answer([
    videoRecord('video', 's3://media/in/a.webm', { text: 'An example: {"type":"video"}. What is it?', format: 'webm' }),
    textRecord('text', 'Hello there.', {}),
  ]);

  expect(textOf(lines.get('video'))).toBe(
    'Simulated answer, no model has seen this: WebM, VP9, 160x90 pixels, 2 s, 6756 bytes.',
  );
  expect(textOf(lines.get('text'))).toBe('Simulated answer, no model has seen this: 12 characters of text, no media.');
});

test('an object that changes is looked at again', async () => {
  const { put, answer } = await localBedrock();
  const texts = [];
  for (const key of ['proxies/C0126_33938_720p15.MP4', 'proxies/C0127_33939_720p15.mp4']) {
    await put('in/a.mp4', sample(key), { contentType: 'video/mp4' });
    texts.push(textOf((await answer([videoRecord('a', 's3://media/in/a.mp4')])).lines.get('a')));
  }

  expect(texts[0]).toContain('20270 bytes');
  expect(texts[1]).toContain('6634 bytes');
});

test('an answer is truncated at maxTokens, about four characters each, and says so', async () => {
  const { answer } = await localBedrock();

  const { lines } = await answer([
    textRecord('short', 'Hello there.', { maxTokens: 2 }),
    textRecord('long', 'Hello there.', {}),
  ]);

  expect(lines.get('short')?.modelOutput).toMatchObject({
    output: { message: { content: [{ text: 'Simulate' }] } },
    stopReason: 'max_tokens',
    usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  });
  expect(lines.get('long')?.modelOutput?.stopReason).toBe('end_turn');
});

test('video costs 288 tokens a second up to the frames of its model, images by their size or flat', async () => {
  const { answer, put } = await localBedrock();
  await put('in/a.mp4', sample('proxies/C0126_33938_720p15.MP4'), { contentType: 'video/mp4' });
  const bytes = sample(join('..', 'images', 'stills', 'C0126_33938_frame.png')).toString('base64');
  const content = [{ image: { format: 'png', source: { bytes } } }, { text: 'What is this?' }];
  const records = [
    videoRecord('video', 's3://media/in/a.mp4'),
    { recordId: 'image', modelInput: { messages: [{ role: 'user', content }] } },
  ];

  const nova1 = await answer(records);
  const nova2 = await answer(records, { modelId: 'us.amazon.nova-2-lite-v1:0' });

  const tokens = ({ lines }: typeof nova1) =>
    ['video', 'image'].map((recordId) => lines.get(recordId)?.modelOutput?.usage.inputTokens);
  expect(tokens(nova1)).toEqual([4 * 288 + 4, 863 + 4]);
  expect(tokens(nova2)).toEqual([4 * 288 + 4, 230 + 4]);
});
