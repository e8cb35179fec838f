import { describe, expect, it } from 'vitest';
import {
  extensionOf,
  filenameOf,
  folderOf,
  isUnsupportedVideo,
  keyBytes,
  videoFormatOf,
  whyKeyIsRefused,
} from '../../../lambdas/shared/media.ts';

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
    expect(videoFormatOf(`clip.${extension}`)).toBe(format);
    expect(isUnsupportedVideo(`clip.${extension}`)).toBe(false);
  });

  it.each(['avi', 'MTS', 'mxf', 'm4v', 'vob', 'ts'])('.%s is a video that Bedrock does not take', (extension) => {
    expect(videoFormatOf(`clip.${extension}`)).toBeUndefined();
    expect(isUnsupportedVideo(`clip.${extension}`)).toBe(true);
  });

  it.each(['xml', 'THM', 'json', 'wav', 'jpg', 'mp4.txt', 'three_gp'])('.%s is no video at all', (extension) => {
    expect(videoFormatOf(`clip.${extension}`)).toBeUndefined();
    expect(isUnsupportedVideo(`clip.${extension}`)).toBe(false);
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
    [1025, 'its URI has 1025 characters and at most 1024 are taken'],
  ])('are too long: a URI of %i characters', (length, reason) => {
    const key = `${'a'.repeat(length - 's3://bucket/.mp4'.length)}.mp4`;

    expect(whyKeyIsRefused('bucket', key)).toBe(reason);
  });

  it.each(["A-z_0/9!.*'()/x.MP4", 'a.mp4', 'a/b/c/d.webm'])('do not look like %s', (key) => {
    expect(whyKeyIsRefused('b', key)).toBeUndefined();
  });
});
