import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prefixesOf, readMediaFolder } from '../../../../lib/cli/demo/media-folder.ts';
import { sampleClips, sampleMediaFolder } from '../../../support/clips.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-batch-media-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(...keys: string[]) {
  for (const key of keys) {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), 'bytes');
  }
}

describe('a folder of media', () => {
  it('gives every file the key of its path, in order', async () => {
    await write('b/2.mp4', 'b/deep/er/1.mov', 'a.webm');

    const { files } = await readMediaFolder(folder);

    expect(files.map(({ key, path }) => [key, path])).toEqual([
      ['a.webm', join(folder, 'a.webm')],
      ['b/2.mp4', join(folder, 'b/2.mp4')],
      ['b/deep/er/1.mov', join(folder, 'b/deep/er/1.mov')],
    ]);
  });

  it.each([
    ['a.mp4', 'video/mp4'],
    ['a.MP4', 'video/mp4'],
    ['a.mov', 'video/quicktime'],
    ['a.webm', 'video/webm'],
    ['a.proxy.MKV', 'video/x-matroska'],
    ['a.flv', 'video/x-flv'],
    ['a.mpeg', 'video/mpeg'],
    ['a.mpg', 'video/mpeg'],
    ['a.wmv', 'video/x-ms-wmv'],
    ['a.3gp', 'video/3gpp'],
    ['a.JPG', 'image/jpeg'],
    ['a.jpeg', 'image/jpeg'],
    ['a.png', 'image/png'],
    ['a.gif', 'image/gif'],
    ['a.webp', 'image/webp'],
  ])('gives %s the Content-Type %s', async (key, contentType) => {
    await write(key);

    expect((await readMediaFolder(folder)).files).toMatchObject([{ key, contentType }]);
  });

  it('separates files that are not media from formats that Bedrock does not accept', async () => {
    await write('a.mp4', 'notes.txt', 'sub/old.avi', 'sub/photo.HEIC', 'sub/._a.mp4', '.trash/b.mp4', 'no-extension');

    const media = await readMediaFolder(folder);

    expect(media.files.map(({ key }) => key)).toEqual(['a.mp4']);
    expect(media.unsupported).toEqual(['sub/old.avi', 'sub/photo.HEIC']);
    expect(media.others).toEqual(['.trash/b.mp4', 'no-extension', 'notes.txt', 'sub/._a.mp4']);
  });

  it('keeps names as they are, because the run refuses them', async () => {
    await write('my clip, final.mp4');

    expect((await readMediaFolder(folder)).files).toMatchObject([{ key: 'my clip, final.mp4' }]);
  });

  it('follows a link to a file, but not a broken link', async () => {
    await write('a.mp4');
    await symlink(join(folder, 'a.mp4'), join(folder, 'b.mp4'));
    await symlink(join(folder, 'gone.mp4'), join(folder, 'c.mp4'));

    expect((await readMediaFolder(folder)).files.map(({ key }) => key)).toEqual(['a.mp4', 'b.mp4']);
  });

  it('is refused where it does not exist, is a file, or has no media', async () => {
    await expect(readMediaFolder(join(folder, 'none'))).rejects.toThrow(`${join(folder, 'none')} does not exist: name`);
    await expect(readMediaFolder(folder)).rejects.toThrow(`${folder} has 0 files and none that can`);
    await write('notes.txt', 'old.avi');
    await expect(readMediaFolder(folder)).rejects.toThrow(
      'has 2 files and none that can be analysed; expected videos (3gp, ',
    );
    await expect(readMediaFolder(join(folder, 'notes.txt'))).rejects.toThrow('is not a folder: name');
  });

  it('finds every sample clip', async () => {
    const { files, unsupported, others } = await readMediaFolder(sampleMediaFolder);

    expect(files.map(({ key }) => key)).toEqual(sampleClips.map(({ key }) => key));
    expect({ unsupported, others }).toEqual({ unsupported: [], others: ['clips.json'] });
    expect(prefixesOf(files)).toEqual(['proxies/', 'source_files/']);
  });
});

describe('the prefixes of a folder', () => {
  const prefixes = (...keys: string[]) => prefixesOf(keys.map((key) => ({ key, path: '', contentType: '' })));

  it('are its sub-folders, however deep the media are', () => {
    expect(prefixes('b/x.mp4', 'a/deep/y.mp4', 'a/z.mp4')).toEqual(['a/', 'b/']);
  });

  it('are the whole bucket if a video is in no sub-folder', () => {
    expect(prefixes('b/x.mp4', 'y.mp4')).toEqual(['']);
  });
});
