import { expect, it } from 'vitest';
import { contentTypeOf } from '../../../../../lambdas/shared/domain/media/content-types.ts';
import { supportedExtensions } from '../../../../../lambdas/shared/domain/media/media.ts';

it.each([
  ['a.MP4', 'video/mp4'],
  ['a.mov', 'video/quicktime'],
  ['a.mkv', 'video/x-matroska'],
  ['a.3gp', 'video/3gpp'],
  ['a.jpg', 'image/jpeg'],
  ['a.txt', undefined],
  ['a', undefined],
])('%s is %s', (key, type) => {
  expect(contentTypeOf(key)).toBe(type);
});

it.each(['video', 'image'] as const)('every %s that Bedrock takes is one', (kind) => {
  for (const extension of supportedExtensions[kind].split(', ')) {
    expect(contentTypeOf(`a.${extension}`)).toMatch(new RegExp(`^${kind}/`));
  }
});
