import { describe, expect, it } from 'vitest';
import {
  extensionOf,
  filenameOf,
  folderOf,
  keyBytes,
  mediaFormatOf,
  mediaKindOf,
  supportedExtensions,
  whyKeyIsRefused,
} from '../../../../../lambdas/shared/domain/media/media.ts';

describe('the name of media', () => {
  it.each([
    ['proxies/day1/C01.MP4', 'proxies/day1/', 'C01.MP4', 'mp4'],
    ['C01.MP4', '', 'C01.MP4', 'mp4'],
    ['proxies/C01', 'proxies/', 'C01', ''],
    ['proxies/v1.2/clip', 'proxies/v1.2/', 'clip', ''],
    ['proxies/clip.final.MoV', 'proxies/', 'clip.final.MoV', 'mov'],
    ['proxies/', 'proxies/', '', ''],
  ])('%s has folder %j, file name %j and extension %j', (key, folder, filename, extension) => {
    expect([folderOf(key), filenameOf(key), extensionOf(key)]).toEqual([folder, filename, extension]);
  });

  it('counts bytes of UTF-8, as S3 does', () => {
    expect([keyBytes('a'), keyBytes('é'), keyBytes('🎬')]).toEqual([1, 2, 4]);
  });
});

describe('video formats', () => {
  it.each([
    ['mkv', 'mkv'],
    ['mov', 'mov'],
    ['mp4', 'mp4'],
    ['webm', 'webm'],
    ['flv', 'flv'],
    ['mpeg', 'mpeg'],
    ['mpg', 'mpg'],
    ['wmv', 'wmv'],
    ['3gp', 'three_gp'],
    ['MP4', 'mp4'],
  ])('.%s is sent as %s', (extension, format) => {
    expect(mediaFormatOf(`clip.${extension}`)).toEqual({ kind: 'video', format });
  });

  it.each(['avi', 'MTS', 'mxf', 'm4v', 'vob', 'ts'])('.%s is a video that Bedrock does not take', (extension) => {
    expect(mediaFormatOf(`clip.${extension}`)).toBeUndefined();
    expect(mediaKindOf(`clip.${extension}`)).toBe('video');
  });

  it.each(['xml', 'THM', 'json', 'wav', 'mp4.txt', 'three_gp'])('.%s is no video at all', (extension) => {
    expect(mediaFormatOf(`clip.${extension}`)).toBeUndefined();
    expect(mediaKindOf(`clip.${extension}`)).toBeUndefined();
  });
});

describe('image formats', () => {
  it.each([
    ['png', 'png'],
    ['jpg', 'jpeg'],
    ['JPEG', 'jpeg'],
    ['gif', 'gif'],
    ['webp', 'webp'],
  ])('.%s is sent as %s', (extension, format) => {
    expect(mediaFormatOf(`photo.${extension}`)).toEqual({ kind: 'image', format });
  });
});

describe('the kind of media', () => {
  it.each([
    ['clip.MP4', 'video', true],
    ['clip.avi', 'video', false],
    ['photo.JPG', 'image', true],
    ['IMG_0001.HEIC', 'image', false],
    ['scan.tif', 'image', false],
    ['DSC_0117.NEF', 'image', false],
    ['poster.psd', 'image', false],
    ['logo.svg', undefined, false],
    ['favicon.ico', undefined, false],
    ['C0001.THM', undefined, false],
    ['C0001.XML', undefined, false],
    ['png', undefined, false],
  ])('of %s is %s, taken by Bedrock: %s', (key, kind, isTaken) => {
    expect(mediaKindOf(key)).toBe(kind);
    expect(mediaFormatOf(key) !== undefined).toBe(isTaken);
  });

  it('says in messages which extensions Bedrock takes', () => {
    expect(supportedExtensions).toEqual({
      video: '3gp, flv, mkv, mov, mp4, mpeg, mpg, webm, wmv',
      image: 'gif, jpeg, jpg, png, webp',
    });
  });
});

describe('keys that Bedrock refuses', () => {
  it.each([' ', ',', '=', '+', '&', '@', '%', ':', '#', '?', '"', '~', '\\', '\n', 'é', 'ß', '日', '🎬'])(
    'have the character %j',
    (character) => {
      expect(whyKeyIsRefused('b', `proxies/a${character}b.mp4`)).toBe(
        `it has the character ${JSON.stringify(character)}`,
      );
    },
  );

  it.each(['/a.mp4', 'proxies//a.mp4', '../a.mp4', 'p/./a.mp4'])(
    'have a name that leads elsewhere, as in %s',
    (key) => {
      expect(whyKeyIsRefused('b', key)).toBe('it has a folder or file name that is empty, "." or ".."');
    },
  );

  it.each([
    [1024, undefined],
    [1025, 'its URI has 1025 characters, more than the 1024 that are allowed'],
  ])('are too long: a URI of %i characters', (length, reason) => {
    const key = `${'a'.repeat(length - 's3://bucket/.mp4'.length)}.mp4`;

    expect(whyKeyIsRefused('bucket', key)).toBe(reason);
  });

  it.each(["A-z_0/9!.*'()/x.MP4", 'a.mp4', 'a/b/c/d.webm'])('do not look like %s', (key) => {
    expect(whyKeyIsRefused('b', key)).toBeUndefined();
  });
});
