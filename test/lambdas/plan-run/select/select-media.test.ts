import { describe, expect, it } from 'vitest';
import { planPositionSchema, turnFrom } from '../../../../lambdas/plan-run/checkpoint.ts';
import { selectMedia } from '../../../../lambdas/plan-run/select/select-media.ts';
import type { Selection } from '../../../../lambdas/plan-run/select/selection.ts';
import type { MediaKind } from '../../../../lambdas/shared/domain/media/media.ts';
import type { MediaBatchRequest } from '../../../../lambdas/shared/domain/request/request.ts';
import { allOf } from '../../../support/all-of.ts';
import { prefixes } from '../../../support/factories.ts';
import { type MemoryStore, memoryStore } from '../../../support/memory-store.ts';
import { expectOneSentence, messageOfRejection } from '../../../support/one-sentence.ts';

type MediaRequest = NonNullable<MediaBatchRequest['media']>;

function storeWith(...keys: string[]): MemoryStore {
  const store = memoryStore();
  for (const key of keys) store.put(key, { bytes: 1000 });
  return store;
}

const bothKinds: readonly MediaKind[] = ['video', 'image'];

function select(store: MemoryStore, request: MediaRequest, kinds = bothKinds): Promise<Selection[]> {
  const turn = turnFrom(planPositionSchema.parse({}), () => false);
  return allOf(selectMedia(request, { store, own: prefixes, analyses: [], kinds, isDryRun: false, turn }));
}

/** Keys of the selected media, in their order. */
async function keysOf(store: MemoryStore, request: MediaRequest, kinds = bothKinds): Promise<string[]> {
  return (await select(store, request, kinds)).flatMap((one) => ('media' in one ? [one.media.key] : []));
}

async function skippedOf(store: MemoryStore, request: MediaRequest, kinds = bothKinds): Promise<string[][]> {
  return (await select(store, request, kinds)).flatMap((one) => ('reason' in one ? [[one.key, one.reason]] : []));
}

function refusalOf(store: MemoryStore, request: MediaRequest, kinds = bothKinds): Promise<string> {
  return messageOfRejection(select(store, request, kinds), 'RequestRefused');
}

describe('media under prefixes', () => {
  it('come with key, size and ETag, in the order of the prefixes', async () => {
    const store = storeWith('proxies/a.mp4', 'source_files/b.MOV', 'other/c.mp4');

    const selected = await select(store, { prefixes: ['source_files/', 'proxies/'] });

    expect(selected).toEqual([
      {
        media: { key: 'source_files/b.MOV', kind: 'video', bytes: 1000, etag: expect.stringMatching(/^[0-9a-f]{32}$/) },
      },
      { media: { key: 'proxies/a.mp4', kind: 'video', bytes: 1000, etag: expect.stringMatching(/^[0-9a-f]{32}$/) } },
    ]);
  });

  it.each([
    [['proxies/', 'proxies/'], 3],
    [['proxies/', 'proxies/day1/'], 3],
    [['proxies/day1/', 'proxies/', 'pro'], 3],
    [['', 'proxies/'], 3],
    [['proxies/day1/', 'proxies/day2/'], 2],
    [['proxies/day'], 2],
  ])('%j overlap and still give each media once: %i', async (given, count) => {
    const store = storeWith('proxies/a.mp4', 'proxies/day1/b.mp4', 'proxies/day2/c.mp4');

    const keys = await keysOf(store, { prefixes: given });

    expect(keys).toHaveLength(count);
    expect(new Set(keys).size).toBe(count);
  });

  it('may be given as a whole URI of this bucket', async () => {
    const store = storeWith('proxies/a.mp4', 'b.mp4');

    expect(await keysOf(store, { prefixes: ['s3://media-bucket/proxies/'] })).toEqual(['proxies/a.mp4']);
    expect(await keysOf(store, { prefixes: ['s3://media-bucket/'] })).toEqual(['b.mp4', 'proxies/a.mp4']);
    expect(await keysOf(store, { prefixes: ['s3://media-bucket'] })).toEqual(['b.mp4', 'proxies/a.mp4']);
    expect(await keysOf(store, { keys: ['s3://media-bucket/b.mp4', 'b.mp4'] })).toEqual(['b.mp4']);
  });

  it('are never our own keys, though the whole bucket is asked for', async () => {
    const own = ['nova/batch/output/j/a.mp4', 'nova/batch/runs/r/b.mp4', 'nova/batch/results/s/c.mp4.json'];
    const store = storeWith('a.mp4', 'nova/b.mp4', 'nova/batch/staging/j/c.mp4', ...own);

    const selected = await select(store, { prefixes: [''] });

    expect(selected.map((one) => ('media' in one ? one.media.key : one.key))).toEqual(['a.mp4', 'nova/b.mp4']);
  });

  it('are case-sensitive, as S3 is', async () => {
    expectOneSentence(
      await refusalOf(storeWith('proxies/a.mp4'), { prefixes: ['Proxies/'] }),
      'Prefix "Proxies/" of the request has no object in bucket media-bucket; expected at least a video (3gp, flv,',
      'keys are case-sensitive',
    );
  });
});

describe('what lies beside media', () => {
  it('is skipped with its reason', async () => {
    const store = storeWith('p/a.mp4', 'p/a.xml', 'p/a.THM', 'p/notes');
    store.put('p/', { bytes: 0 });
    store.put('p/sub.mp4/', { bytes: 0 });
    store.put('p/empty.mp4', { bytes: 0 });
    store.put('p/cold.mp4', { bytes: 5, storageClass: 'DEEP_ARCHIVE' });
    store.put('p/ice.mov', { bytes: 5, storageClass: 'GLACIER' });
    store.put('p/warm.mov', { bytes: 5, storageClass: 'GLACIER_IR' });

    expect(await keysOf(store, { prefixes: ['p/'] })).toEqual(['p/a.mp4', 'p/warm.mov']);
    expect(Object.fromEntries(await skippedOf(store, { prefixes: ['p/'] }))).toEqual({
      'p/': 'a folder marker',
      'p/sub.mp4/': 'a folder marker',
      'p/a.xml': 'neither a video nor an image by its extension',
      'p/a.THM': 'neither a video nor an image by its extension',
      'p/notes': 'neither a video nor an image by its extension',
      'p/empty.mp4': 'empty',
      'p/cold.mp4': 'archived (DEEP_ARCHIVE)',
      'p/ice.mov': 'archived (GLACIER)',
    });
  });

  it('may have a name that Bedrock refuses without harm', async () => {
    const store = storeWith('p/a.mp4', 'p/my notes, part 1.txt');

    expect(await keysOf(store, { prefixes: ['p/'] })).toEqual(['p/a.mp4']);
  });
});

describe('globs', () => {
  const store = storeWith('p/A.MP4', 'p/b.mov', 'p/deep/er/c.mp4', 'p/draft-d.mp4', 'p/.hidden/e.mp4', 'p/f.webm');

  it.each([
    [{ include: ['**/*.mp4'] }, ['p/.hidden/e.mp4', 'p/A.MP4', 'p/deep/er/c.mp4', 'p/draft-d.mp4']],
    [{ include: ['**/*.{mov,webm}'] }, ['p/b.mov', 'p/f.webm']],
    [{ include: ['p/*.MOV'] }, ['p/b.mov']],
    [{ include: ['P/B.mov', 'p/f.webm'] }, ['p/b.mov', 'p/f.webm']],
    [{ include: ['*.mp4', 'p/deep/**'] }, ['p/deep/er/c.mp4']],
    [{ exclude: ['**/*.MP4'] }, ['p/b.mov', 'p/f.webm']],
    [{ include: ['**/*.mp4'], exclude: ['**/DRAFT-*', '**/.hidden/**'] }, ['p/A.MP4', 'p/deep/er/c.mp4']],
  ])('%j let through %j', async (globs, keys) => {
    expect(await keysOf(store, { prefixes: ['p/'], ...globs })).toEqual(keys);
  });

  it('keep what they leave out from refusing the request', async () => {
    const mixed = storeWith('p/a.mp4', 'p/old/b.avi', 'p/old/c d.mp4');

    expect(await keysOf(mixed, { prefixes: ['p/'], exclude: ['p/old/**'] })).toEqual(['p/a.mp4']);
  });

  it('that let nothing through are named as the reason', async () => {
    expectOneSentence(
      await refusalOf(store, { prefixes: ['p/'], include: ['**/*.mkv'] }),
      'Prefix "p/" of the request has 6 objects, none of which the globs let through',
    );
  });
});

describe('named keys', () => {
  it('are taken besides the prefixes, once, in their order', async () => {
    const store = storeWith('p/a.mp4', 'q/b.mp4', 'q/c.mp4');

    const keys = await keysOf(store, { prefixes: ['p/'], keys: ['q/c.mp4', 'p/a.mp4', 'q/b.mp4', 'q/c.mp4'] });

    expect(keys).toEqual(['p/a.mp4', 'q/c.mp4', 'q/b.mp4']);
  });

  it('are taken though the globs would leave them out', async () => {
    const store = storeWith('p/a.mp4', 'p/b.mov');

    const keys = await keysOf(store, { prefixes: ['p/'], include: ['**/*.mov'], keys: ['p/a.mp4'] });

    expect(keys).toEqual(['p/b.mov', 'p/a.mp4']);
  });

  it.each([[{ keys: ['p/b.mp4'] }], [{ prefixes: ['p/'], keys: ['p/b.mp4'] }], [{ prefixes: [''], keys: ['b.mp4'] }]])(
    'that do not exist refuse the request, under a prefix or not: %j',
    async (request) => {
      const name = JSON.stringify(request.keys[0]);

      expectOneSentence(
        await refusalOf(storeWith('p/a.mp4'), request),
        `Key ${name} of the request is not in bucket media-bucket; expected an object`,
      );
    },
  );

  it.each(['s3://media-bucket/', 's3://media-bucket'])(
    'that name only the bucket refuse the request: %s',
    async (key) => {
      expectOneSentence(await refusalOf(storeWith('a.mp4'), { keys: [key] }), 'Key "" of the request is not in bucket');
    },
  );

  it('that S3 would find too long are not in the bucket', async () => {
    const store = { ...storeWith(), headObject: () => Promise.reject(new TypeError('S3 answers 400 here')) };

    expectOneSentence(
      await refusalOf(store, { keys: [`${'a'.repeat(1022)}é.mp4`] }),
      'of the request is not in bucket media-bucket',
    );
  });

  it.each([
    ['p/notes.txt', 'neither a video nor an image by its extension'],
    ['p/', 'a folder marker'],
    ['p/empty.mp4', 'empty'],
    ['p/cold.mp4', 'archived (GLACIER)'],
  ])('such as %s are refused and not skipped: %s', async (key, reason) => {
    const store = storeWith('p/a.mp4', 'p/notes.txt');
    store.put('p/', { bytes: 0 });
    store.put('p/empty.mp4', { bytes: 0 });
    store.put('p/cold.mp4', { bytes: 5, storageClass: 'GLACIER' });
    const words = `Key "${key}" of the request cannot be analysed, it is ${reason}; expected a video (`;

    expectOneSentence(await refusalOf(store, { keys: [key] }), words, 'take it out of "keys"');
    expectOneSentence(await refusalOf(store, { prefixes: ['p/'], keys: [key] }), words);
  });
});

describe('media that cannot work', () => {
  it.each([
    ['prefixes', { prefixes: ['p/'] }, 'leave it out with "exclude"'],
    ['keys', { keys: ['p/a.avi'] }, 'take it out of "keys"'],
  ])('in a format that Bedrock does not take refuse the request, by %s', async (_, request, remedy) => {
    expectOneSentence(
      await refusalOf(storeWith('p/0.mp4', 'p/a.avi'), request),
      'Video "p/a.avi" has a format that Bedrock does not take; expected 3gp, flv, mkv, mov, mp4, mpeg, mpg, webm, wmv',
      remedy,
    );
  });

  it('behind globs that let nothing through are refused with the globs as the fix', async () => {
    expectOneSentence(
      await refusalOf(storeWith('p/0.mp4'), { prefixes: ['p/'], include: ['**/*.mkv'] }),
      'none of which the globs let through',
      'widen "include" or narrow "exclude"',
    );
  });

  it.each([
    [999_999_999, 'selected'],
    [1_000_000_000, 'selected'],
    [1_000_000_001, 'refused'],
  ])('of %i bytes are %s', async (bytes, end) => {
    const store = memoryStore();
    store.put('p/a.mp4', { bytes });

    if (end === 'selected') return expect(await keysOf(store, { prefixes: ['p/'] })).toEqual(['p/a.mp4']);
    expectOneSentence(
      await refusalOf(store, { prefixes: ['p/'] }),
      'Video "p/a.mp4" has 1000000001 bytes; Bedrock takes at most 1000000000 (1 GB) each: make a smaller proxy',
    );
  });

  it.each([
    'a b.mp4',
    'a,b.mp4',
    'a=b.mp4',
    'a+b.mp4',
    'a&b.mp4',
    'a@b.mp4',
    'a%20b.mp4',
    'a:b.mp4',
    'é.mp4',
    'x//b.mp4',
  ])('are not those that only need a copy, as %j, whose key Bedrock refuses', async (name) => {
    const key = `p/${name}`;

    for (const request of [{ prefixes: ['p/'] }, { keys: [key] }]) {
      expect(await keysOf(storeWith(key), request)).toEqual([key]);
    }
  });

  it.each([
    [{ prefixes: ['s3://other-bucket/proxies/'] }, 'media.prefixes', 's3://other-bucket/proxies/'],
    [{ keys: ['s3://other-bucket/a.mp4'] }, 'media.keys', 's3://other-bucket/a.mp4'],
  ])('in another bucket refuse the request: %j', async (request, field, uri) => {
    expectOneSentence(
      await refusalOf(storeWith('proxies/a.mp4'), request),
      `"${field}" of the request names "${uri}" in bucket "other-bucket"; expected media in bucket media-bucket`,
      '-c bucketName=other-bucket',
    );
  });
});

describe('a dry run', () => {
  it('says all at once what would refuse the run, and goes on', async () => {
    const store = storeWith('proxies/a.mp4', 'proxies/b.avi', 'proxies/c.avi', 'notes/d.txt');
    store.put('proxies/e.mov', { bytes: 1_000_000_001 });
    const turn = turnFrom(planPositionSchema.parse({}), () => false);
    const from = { store, own: prefixes, analyses: [], kinds: bothKinds, isDryRun: true, turn };
    const request = { prefixes: ['proxies/'], keys: ['proxies/none.mp4', 'notes/d.txt'] };

    const selections = await allOf(selectMedia(request, from));

    expect(selections.map((one) => ('media' in one ? one.media.key : [one.key, one.reason]))).toEqual([
      'proxies/a.mp4',
      ['proxies/b.avi', 'would refuse the run: a video in a format that Bedrock does not take (avi)'],
      ['proxies/c.avi', 'would refuse the run: a video in a format that Bedrock does not take (avi)'],
      ['proxies/e.mov', 'would refuse the run: a video of more than 1 GB'],
      ['proxies/none.mp4', 'would refuse the run: a key that is not in the bucket'],
      ['notes/d.txt', 'would refuse the run: a key of what is neither a video nor an image by its extension'],
    ]);
  });
});

describe('images', () => {
  it('are media as videos are, by their extension in any case', async () => {
    const store = storeWith('s/a.JPG', 's/b.png', 's/c.mp4', 's/d.webp');

    expect(await select(store, { prefixes: ['s/'] })).toMatchObject([
      { media: { key: 's/a.JPG', kind: 'image' } },
      { media: { key: 's/b.png', kind: 'image' } },
      { media: { key: 's/c.mp4', kind: 'video' } },
      { media: { key: 's/d.webp', kind: 'image' } },
    ]);
  });

  it.each(['IMG_1.HEIC', 'scan.tiff', 'DSC_1.NEF', 'x.bmp', 'x.avif', 'x.psd'])(
    'such as %s, which Bedrock does not take, refuse the request',
    async (name) => {
      expectOneSentence(
        await refusalOf(storeWith('s/0.png', `s/${name}`), { prefixes: ['s/'] }),
        `Image "s/${name}" has a format that Bedrock does not take; expected gif, jpeg, jpg, png, webp: convert it`,
        'leave it out with "exclude"',
      );
    },
  );

  it('do not count drawings among them, which are skipped', async () => {
    const store = storeWith('s/a.png', 's/favicon.ico', 's/logo.svg');

    expect(await keysOf(store, { prefixes: ['s/'] })).toEqual(['s/a.png']);
    expect((await skippedOf(store, { prefixes: ['s/'] })).map(([key]) => key)).toEqual(['s/favicon.ico', 's/logo.svg']);
  });

  it.each([
    [1_000_000_001, 'selected'],
    [2_000_000_000, 'selected'],
    [2_000_000_001, 'refused'],
  ])('of %i bytes are %s', async (bytes, end) => {
    const store = memoryStore();
    store.put('s/a.png', { bytes });

    if (end === 'selected') return expect(await keysOf(store, { prefixes: ['s/'] })).toEqual(['s/a.png']);
    expectOneSentence(
      await refusalOf(store, { prefixes: ['s/'] }),
      'Image "s/a.png" has 2000000001 bytes; Bedrock takes at most 2000000000 (2 GB) each: make a smaller copy',
    );
  });
});

describe('media that no analysis is for', () => {
  const unasked = 'no analysis of the request is for images';

  it('are skipped whatever their format, size and key, under a prefix and by name', async () => {
    const store = storeWith('p/a.mp4', 'p/b.png', 'p/c d.HEIC');
    store.put('p/e.png', { bytes: 0 });

    const request = { prefixes: ['p/'], keys: ['p/b.png'] };
    expect(await keysOf(store, request, ['video'])).toEqual(['p/a.mp4']);
    expect(await skippedOf(store, request, ['video'])).toEqual([
      ['p/b.png', unasked],
      ['p/c d.HEIC', unasked],
      ['p/e.png', unasked],
    ]);
    expect(await skippedOf(store, { keys: ['p/b.png', 'p/a.mp4'] }, ['video'])).toEqual([['p/b.png', unasked]]);
  });

  it('may be videos too', async () => {
    const store = storeWith('p/a.avi', 'p/b.png');

    expect(await skippedOf(store, { prefixes: ['p/'] }, ['image'])).toEqual([
      ['p/a.avi', 'no analysis of the request is for videos'],
    ]);
  });

  it('are enough for a prefix to be no mistake', async () => {
    expect(await skippedOf(storeWith('p/a.mp4', 's/b.png'), { prefixes: ['p/', 's/'] }, ['video'])).toEqual([
      ['s/b.png', unasked],
    ]);
  });

  it('are not expected in what a refusal says', async () => {
    const message = await refusalOf(storeWith('p/a.xml'), { prefixes: ['p/'] }, ['image']);

    expectOneSentence(message, 'none of them media that can be analysed', 'expected at least an image (gif, jpeg,');
    expect(message).not.toContain('video');
  });
});

describe('a prefix without media', () => {
  it('refuses the request although another one has some', async () => {
    const store = storeWith('p/a.mp4', 'q/notes.txt');

    expectOneSentence(
      await refusalOf(store, { prefixes: ['p/', 'q/'] }),
      'Prefix "q/" of the request has 1 object, none of them media that can be analysed',
    );
  });

  it('refuses the request although it lies inside another one that has some', async () => {
    const store = storeWith('p/a.mp4');

    expectOneSentence(
      await refusalOf(store, { prefixes: ['p/', 'p/tpyo/'] }),
      'Prefix "p/tpyo/" of the request has no',
    );
  });

  it('is not said to have no video where its videos are only out of reach', async () => {
    const store = memoryStore();
    store.put('p/cold.mp4', { bytes: 5, storageClass: 'GLACIER' });
    store.put('p/empty.mp4', { bytes: 0 });

    expectOneSentence(
      await refusalOf(store, { prefixes: ['p/'] }),
      'has 2 objects, none of them media that can be analysed',
    );
  });
});

it('prefixes are listed at the same time, and given in their order', async () => {
  const store = storeWith('a/1.mp4', 'b/1.mp4', 'c/1.mp4');
  const { promise: isLastListed, resolve: lastListed } = Promise.withResolvers<void>();
  const listing: typeof store.listObjects = async function* (prefix, startAfter) {
    if (prefix === 'c/') lastListed();
    else await isLastListed;
    yield* store.listObjects(prefix, startAfter);
  };

  const keys = await keysOf({ ...store, listObjects: listing }, { prefixes: ['b/', 'a/', 'c/'] });

  expect(keys).toEqual(['b/1.mp4', 'a/1.mp4', 'c/1.mp4']);
});

it('a prefix without media refuses the request, however far others are listed ahead', async () => {
  const store = storeWith('b/1.mp4');
  const failing: typeof store.listObjects = async function* (prefix) {
    if (prefix === 'z/') throw new RangeError('listed ahead');
    yield* store.listObjects(prefix);
  };

  const selecting = keysOf({ ...store, listObjects: failing }, { prefixes: ['a/', 'z/'] });

  expectOneSentence(await messageOfRejection(selecting, 'RequestRefused'), 'Prefix "a/"');
});
