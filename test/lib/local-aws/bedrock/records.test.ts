import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { sampleImages } from '../../../support/images.ts';
import {
  jsonl,
  localBedrock,
  outsideFolder,
  padded,
  sample,
  startLocalBedrock,
  textRecord,
  videoRecord,
} from './local-bedrock.ts';

const clip = sample('proxies/C0126_33938_720p15.MP4');
const mp4 = { contentType: 'video/mp4' };

/** A local Bedrock with a good clip at `in/proxies/clip.mp4`. */
async function withClip() {
  const local = await localBedrock();
  await local.put('in/proxies/clip.mp4', clip, mp4);
  return local;
}
const good = 's3://media/in/proxies/clip.mp4';

test('media anywhere under the input folder are answered', async () => {
  const { answer } = await withClip();

  const { job, error } = await answer([videoRecord('good', good)]);

  expect(error('good')).toBeUndefined();
  expect(job).toMatchObject({ status: 'Completed', successRecordCount: 100, errorRecordCount: 0 });
});

test('input and media may be in one bucket and the output in another, whose size does not count', async () => {
  const { s3, put, create, until, outputLines } = await localBedrock({ quotas: { maxJobBytes: clip.length + 50_000 } });
  await put('large.bin', 'x'.repeat(100_000));
  const folder = 's3://other/nova/batch/staging/job/';
  const safe = { Bucket: 'other', Key: 'nova/batch/staging/job/1.mp4', Body: clip, ContentType: 'video/mp4' };
  await s3.send(new PutObjectCommand(safe));
  const records = padded([videoRecord('staged', `${folder}1.mp4`), videoRecord('media', 's3://media/1.mp4')]);
  const Key = 'nova/batch/staging/job/input.jsonl';
  await s3.send(new PutObjectCommand({ Bucket: 'other', Key, Body: jsonl(records) }));

  const jobArn = await create({ inputDataConfig: { s3InputDataConfig: { s3Uri: folder } } });

  expect(await until(jobArn)).toMatchObject({ status: 'Completed', successRecordCount: 99, errorRecordCount: 1 });
  const failed = (await outputLines(jobArn)).filter(({ error }) => error);
  expect(failed.map(({ recordId, error }) => [recordId, error?.errorMessage])).toEqual([['media', outsideFolder]]);
});

test('media outside the input folder are a 400 in the exact words of Bedrock, in a job that is Completed', async () => {
  const { answer, put } = await withClip();
  await put('beside/clip.mp4', clip, mp4);

  const { job, lines, error } = await answer([
    videoRecord('beside', 's3://media/beside/clip.mp4'),
    videoRecord('bucket', 's3://other/in/proxies/clip.mp4'),
    videoRecord('case', 's3://media/In/proxies/clip.mp4'),
    videoRecord('prefix', 's3://media/in-proxies/clip.mp4'),
  ]);

  expect(lines.get('beside')?.error).toEqual({
    errorCode: 400,
    errorMessage: outsideFolder,
    retryable: false,
    expired: false,
  });
  expect(['bucket', 'case', 'prefix'].map(error)).toEqual([outsideFolder, outsideFolder, outsideFolder]);
  expect(job).toMatchObject({ status: 'Completed', successRecordCount: 96, errorRecordCount: 4 });
});

test('with a file as the input every record with an S3 URI gets that 400, and text is still answered', async () => {
  const { answer } = await withClip();

  const { job, error } = await answer([videoRecord('a', good), videoRecord('b', good)], {
    inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://media/in/input.jsonl' } },
  });

  expect(['a', 'b'].map(error)).toEqual([outsideFolder, outsideFolder]);
  expect(job).toMatchObject({ status: 'Completed', successRecordCount: 98, errorRecordCount: 2 });
});

test('a key with a character that is refused is a 400, though the object is there', async () => {
  const { answer, put } = await localBedrock();
  const refused = [...' ,+=&@:#~[é日'];
  for (const character of refused) await put(`in/a${character}b.mp4`, clip, mp4);

  const { lines } = await answer(refused.map((odd) => videoRecord(odd, `s3://media/in/a${odd}b.mp4`)));

  const errors = refused.map((odd) => lines.get(odd)?.error);
  const error = { errorCode: 400, errorMessage: 'Provided S3 URI is invalid', retryable: false, expired: false };
  expect(errors).toEqual(refused.map(() => error));
});

test('a key with every other character that an input may have is taken', async () => {
  const { answer, put } = await localBedrock();
  await put("in/aZ9-!_*'().mp4", clip, mp4);

  const { error } = await answer([videoRecord('odd', "s3://media/in/aZ9-!_*'().mp4")]);

  expect(error('odd')).toBeUndefined();
});

test('a percent-encoded key is looked up as it is', async () => {
  const { answer, put } = await localBedrock();
  await put('in/my clip.mp4', clip, mp4);
  await put('in/your%20clip.mp4', clip, mp4);

  const { error } = await answer([
    videoRecord('encoded', 's3://media/in/my%20clip.mp4'),
    videoRecord('literal', 's3://media/in/your%20clip.mp4'),
  ]);

  expect(error('encoded')).toBe('The object in/my%20clip.mp4 was not found.');
  expect(error('literal')).toBeUndefined();
});

test('missing, archived, unreadable and wrongly typed objects are a 400 each', async () => {
  const { answer, put } = await withClip();
  await put('in/archived.mp4', clip, { ...mp4, archived: true });
  await put('in/mistyped.mp4', clip, { contentType: 'text/plain' });
  await put('in/text.mp4', 'This is no video.', mp4);
  await put('in/empty.mp4', new Uint8Array(), mp4);

  const names = ['missing', 'archived', 'mistyped', 'text', 'empty'];
  const { lines, error } = await answer(names.map((name) => videoRecord(name, `s3://media/in/${name}.mp4`)));

  expect(error('missing')).toBe('The object in/missing.mp4 was not found.');
  expect(error('archived')).toContain('archived in the storage class GLACIER');
  expect(error('mistyped')).toBe('The Content-Type text/plain of in/mistyped.mp4 is not that of the format mp4.');
  expect(['text', 'empty'].map(error)).toEqual(['The media cannot be read.', 'The media cannot be read.']);
  expect(names.map((name) => lines.get(name)?.error?.errorCode)).toEqual(Array(5).fill(400));
});

test('an archived object that is restored is taken', async () => {
  const { answer, put, s3 } = await localBedrock();
  await put('in/restored.mp4', clip, mp4);
  // S3 says it of an archive that was thawed.
  s3.middlewareStack.add((next, { commandName }) => async (args) => {
    const result = await next(args);
    const Restore = 'ongoing-request="false", expiry-date="Fri, 27 Nov 2026 00:00:00 GMT"';
    if (commandName === 'HeadObjectCommand') Object.assign(result.output, { StorageClass: 'DEEP_ARCHIVE', Restore });
    return result;
  });

  expect((await answer([videoRecord('a', 's3://media/in/restored.mp4')])).error('a')).toBeUndefined();
});

test('an object whose uploader named no type contradicts no format', async () => {
  const { answer, put } = await withClip();
  await put('in/typeless.mp4', clip);
  await put('in/generic.mp4', clip, { contentType: 'application/octet-stream' });

  const { error } = await answer(['typeless', 'generic'].map((name) => videoRecord(name, `s3://media/in/${name}.mp4`)));

  expect(['typeless', 'generic'].map(error)).toEqual([undefined, undefined]);
});

test('a scenario may have such objects refused', async () => {
  const { answer, put } = await localBedrock({ scenario: () => ({ genericContentType: 'refuse' }) });
  await put('in/clip.mp4', clip, mp4);
  await put('in/typeless.mp4', clip);
  await put('in/generic.mp4', clip, { contentType: 'application/octet-stream' });

  const names = ['clip', 'typeless', 'generic'];
  const { error } = await answer(names.map((name) => videoRecord(name, `s3://media/in/${name}.mp4`)));

  expect(names.map(error)).toEqual([
    undefined,
    'The Content-Type application/octet-stream of in/typeless.mp4 is not that of the format mp4.',
    'The Content-Type application/octet-stream of in/generic.mp4 is not that of the format mp4.',
  ]);
});

test('the bytes must be of the format that the prompt names, in S3 and inline', async () => {
  const { answer, put } = await localBedrock();
  const webm = sample('proxies/drone-ridge-pass.240p.webm');
  await put('in/renamed.mp4', webm, mp4);
  const inline = { video: { format: 'mkv', source: { bytes: webm.toString('base64') } } };
  const jpeg = sample('../images/stills/DSC_0117.jpeg').toString('base64');

  const { error } = await answer([
    videoRecord('renamed', 's3://media/in/renamed.mp4'),
    { recordId: 'inline', modelInput: blocks(inline) },
    { recordId: 'image', modelInput: blocks({ image: { format: 'png', source: { bytes: jpeg } } }) },
  ]);

  expect(error('renamed')).toBe('The media are WebM, which is not the format mp4.');
  expect(error('inline')).toBe('The media are WebM, which is not the format mkv.');
  expect(error('image')).toBe('The media are JPEG, which is not the format png.');
});

test('the Content-Type is compared with the format of the prompt', async () => {
  const { answer, put } = await localBedrock();
  await put('in/a.mov', sample('proxies/A001_C003_0714RZ_Proxy.mov'), { contentType: 'video/quicktime' });
  await put('in/a.3gp', clip, { contentType: 'video/3gpp' });

  const { error } = await answer([
    videoRecord('right', 's3://media/in/a.mov', { format: 'mov' }),
    videoRecord('wrong', 's3://media/in/a.mov', { format: 'mp4' }),
    videoRecord('three_gp', 's3://media/in/a.3gp', { format: 'three_gp' }),
    videoRecord('3gp', 's3://media/in/a.3gp', { format: '3gp' }),
  ]);

  expect(['right', 'three_gp'].map(error)).toEqual([undefined, undefined]);
  expect(error('wrong')).toContain('is not that of the format mp4');
  expect(error('3gp')).toMatch(/^Malformed input request: messages\.0\.content\.0\.video\.format: .*"three_gp"/);
});

const text = (content: string) => ({ messages: [{ role: 'user', content: [{ text: content }] }] });
const blocks = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const video = { video: { format: 'mp4', source: { s3Location: { uri: good } } } };

const wrong: [string, object, string][] = [
  ['two videos', blocks(video, video), 'Only one video per request'],
  ['an unknown field', { ...text('a'), max_tokens: 9 }, 'max_tokens: Extra inputs are not permitted'],
  ['an unknown setting', { ...text('a'), inferenceConfig: { max_new_tokens: 9 } }, 'inferenceConfig.max_new_tokens'],
  ['another schema version', { ...text('a'), schemaVersion: 'messages-v2' }, 'schemaVersion'],
  ['no messages', {}, 'messages'],
  ['an empty list of messages', { messages: [] }, 'the first turn must be the user turn'],
  ['a first turn of the assistant', { messages: [{ role: 'assistant', content: [{ text: 'a' }] }] }, 'first turn'],
  ['a blank text', text(' \n'), 'messages.0.content.0.text'],
  ['a block that is text and video', blocks({ text: 'a', ...video }), 'expected text, image or video'],
  [
    'a video with both sources',
    blocks({ video: { format: 'mp4', source: { bytes: 'AAAA', ...video.video.source } } }),
    'expected bytes or s3Location',
  ],
  ['bytes that are no Base64', blocks({ video: { format: 'mp4', source: { bytes: 'ä' } } }), 'bytes'],
  ['an OpenAI image', blocks({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }), 'Extra inputs'],
  [
    'a video of the assistant',
    { messages: [...text('a').messages, { role: 'assistant', content: [video] }] },
    'messages.1: only the user may show media',
  ],
  ['a prompt as a text', { messages: [{ role: 'user', content: 'hello' }] }, 'messages.0.content'],
  [
    'a bucket owner that is no account',
    blocks({ video: { format: 'mp4', source: { s3Location: { uri: good, bucketOwner: 'me' } } } }),
    'bucketOwner',
  ],
  ['no token at all', { ...text('a'), inferenceConfig: { maxTokens: 0 } }, 'inferenceConfig.maxTokens'],
  ['more tokens than the model has', { ...text('a'), inferenceConfig: { maxTokens: 5_001 } }, 'model limit of 5000'],
  ['a temperature over 1', { ...text('a'), inferenceConfig: { temperature: 1.1 } }, 'inferenceConfig.temperature'],
  ['tools', { ...text('a'), toolConfig: { tools: [] } }, 'toolConfig'],
  ['an image from S3', blocks({ image: { format: 'png', source: video.video.source } }), 'must be given as bytes'],
];

describe('an InvokeModel record is a 400 when it has', () => {
  let run: Awaited<ReturnType<Awaited<ReturnType<typeof startLocalBedrock>>['answer']>>;
  beforeAll(async () => {
    const { answer, put, close } = await startLocalBedrock();
    await put('in/proxies/clip.mp4', clip, mp4);
    run = await answer(wrong.map(([recordId, modelInput]) => ({ recordId, modelInput })));
    return close;
  });

  test.each(wrong)('%s', (recordId, _modelInput, message) => {
    expect(run.lines.get(recordId)?.error).toMatchObject({ errorCode: 400, retryable: false });
    expect(run.error(recordId)).toContain(message);
    expect(run.job).toMatchObject({ status: 'Completed', errorRecordCount: wrong.length });
  });
});

test('an InvokeModel record may use every setting, a system prompt, and an answer that is begun', async () => {
  const { answer } = await withClip();
  const inferenceConfig = { maxTokens: 5_000, temperature: 1, topP: 0.1, topK: 20, stopSequences: ['end'] };
  const modelInput = {
    schemaVersion: 'messages-v1',
    system: [{ text: 'You are an editor.' }],
    messages: [...blocks(video, { text: 'Describe.' }).messages, { role: 'assistant', content: [{ text: 'It is' }] }],
    inferenceConfig,
  };

  expect((await answer([{ recordId: 'full', modelInput }])).error('full')).toBeUndefined();
});

test('a model that takes no media from S3 says so per record', async () => {
  const { answer } = await withClip();

  const { error } = await answer([videoRecord('video', good)], { modelId: 'amazon.nova-micro-v1:0' });

  expect(error('video')).toBe('amazon.nova-micro-v1:0 takes no video from S3 in batch.');
});

test('a Converse job takes images of every format, and video, from S3', async () => {
  const { answer, put } = await withClip();
  await Promise.all(
    sampleImages.map(({ key, format }) =>
      put(`in/${key}`, sample(`../images/${key}`), { contentType: `image/${format}` }),
    ),
  );
  const ask = (block: object) => ({
    ...blocks(block, { text: 'What is this?' }),
    additionalModelRequestFields: { inferenceConfig: { topK: 20 } },
  });

  const { lines, error } = await answer(
    [
      { recordId: 'video', modelInput: ask(video) },
      ...sampleImages.map(({ key, format }) => ({
        recordId: key,
        modelInput: ask({ image: { format, source: { s3Location: { uri: `s3://media/in/${key}` } } } }),
      })),
    ],
    { modelInvocationType: 'Converse' },
  );

  expect(error('video')).toBeUndefined();
  expect(lines.get('video')?.modelOutput?.metrics).toEqual({ latencyMs: 1_000 });
  expect(new Set(sampleImages.map(({ format }) => format))).toEqual(new Set(['png', 'jpeg', 'gif', 'webp']));
  for (const { key, width, height, bytes } of sampleImages) {
    const [content] = lines.get(key)?.modelOutput?.output.message.content ?? [];
    expect(content?.text).toContain(`${width}x${height} pixels, ${bytes} bytes`);
  }
});

test('a Converse record may not have what only InvokeModel has, nor a model of its own, nor tools', async () => {
  const { answer } = await localBedrock();

  const { error } = await answer(
    [
      { recordId: 'modelId', modelInput: { ...text('a'), modelId: 'amazon.nova-lite-v1:0' } },
      { recordId: 'tools', modelInput: { ...text('a'), toolConfig: { tools: [] } } },
      { recordId: 'version', modelInput: { ...text('a'), schemaVersion: 'messages-v1' } },
    ],
    { modelInvocationType: 'Converse' },
  );

  expect(error('modelId')).toBe('modelId: Extra inputs are not permitted');
  expect(error('tools')).toContain('toolConfig');
  expect(error('version')).toContain('schemaVersion');
});

test('media may be given as bytes, to any model and beside any input', async () => {
  const { answer } = await withClip();
  const inline = { video: { format: 'mp4', source: { bytes: clip.toString('base64') } } };

  const { lines } = await answer([{ recordId: 'inline', modelInput: blocks(inline, { text: 'What is this?' }) }], {
    inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://media/in/input.jsonl' } },
  });

  expect(lines.get('inline')?.modelOutput?.output.message.content[0]?.text).toContain(`${clip.length} bytes`);
});

test('a video of more than 1 GB is a 400, and so are images of more than 2 GB together', async () => {
  const { answer, put, s3 } = await withClip();
  await put('in/still.png', sample('../images/stills/C0126_33938_frame.png'), { contentType: 'image/png' });
  // S3 says that the objects are larger than anyone would upload in a test, and has nothing behind their real end.
  s3.middlewareStack.add((next, { commandName }) => async (args) => {
    const nothing = { transformToByteArray: async () => new Uint8Array() };
    const isRead = commandName === 'GetObjectCommand' && 'Range' in args.input;
    const result = await next(args).catch((error) => {
      if (isRead) return { output: { $metadata: {}, Body: nothing }, response: undefined };
      throw error;
    });
    if (commandName === 'HeadObjectCommand') Object.assign(result.output, { ContentLength: 1_000_000_001 });
    return result;
  });
  const image = { image: { format: 'png', source: { s3Location: { uri: 's3://media/in/still.png' } } } };

  const { error } = await answer(
    [
      { recordId: 'video', modelInput: blocks(video) },
      { recordId: 'image', modelInput: blocks(image) },
      { recordId: 'images', modelInput: blocks(image, image) },
    ],
    { modelInvocationType: 'Converse' },
  );

  expect(error('video')).toBe('The object in/proxies/clip.mp4 has 1000000001 bytes, more than 1 GB.');
  expect(error('image')).toBeUndefined();
  expect(error('images')).toBe('The images have 2000000002 bytes, more than 2 GB.');
});

test('an object that S3 does not give out now fails its record only, which may be tried again', async () => {
  const { answer, s3 } = await withClip();
  // Past the end of the object there is nothing to read, and S3 answers 416.
  s3.middlewareStack.add((next, { commandName }) => async (args) => {
    const result = await next(args);
    if (commandName === 'HeadObjectCommand') Object.assign(result.output, { ContentLength: 1_000_000_000 });
    return result;
  });

  const { lines, job } = await answer([videoRecord('moved', good)]);

  expect(lines.get('moved')?.error).toMatchObject({ errorCode: 500, retryable: true });
  expect(job).toMatchObject({ status: 'Completed', errorRecordCount: 1 });
});

test('inline media of more than 25 MB and images of more than 8,000 pixels a side are a 400', async () => {
  const { answer } = await localBedrock();
  const wide = sample('../images/stills/C0126_33938_frame.png');
  wide.writeUInt32BE(8_001, 16);
  const imageOf = (bytes: Buffer) => blocks({ image: { format: 'png', source: { bytes: bytes.toString('base64') } } });

  const { error } = await answer([
    { recordId: 'heavy', modelInput: imageOf(Buffer.alloc(25_000_200)) },
    { recordId: 'wide', modelInput: imageOf(wide) },
  ]);

  expect(error('heavy')).toBe('The inline media exceed the limit of 25 MB.');
  expect(error('wide')).toBe('The image has 8001x90 pixels, more than 8000x8000.');
});

test('a record without an ID gets one, and its input is echoed', async () => {
  const { answer } = await localBedrock();
  const { modelInput } = textRecord('', 'Nobody has named me.');

  const { lines } = await answer([{ modelInput }]);

  const [nameless] = [...lines.values()].filter(({ recordId }) => !recordId.startsWith('pad-'));
  expect(nameless?.modelInput).toEqual(modelInput);
  expect(nameless?.recordId).not.toBe('');
});
