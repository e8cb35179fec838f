import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleClips, sampleMediaFolder } from '../support/clips.ts';
import { sampleImageFolder, sampleImages } from '../support/images.ts';

/** Bytes of media that differ in length from all others, so that an answer shows of which ones it is. */
export interface Content {
  body: Buffer;
  etag: string;
  extension: string;
  contentType: string;
  /** `160x90 pixels`, as an answer says it. */
  pixels: string;
}

const samples = [
  ['media/proxies/IMG_2044.mov', 'video/quicktime'],
  ['images/stills/C0126_33938_frame.png', 'image/png'],
  ['media/source_files/PXL_20260814_161203.mkv', 'video/x-matroska'],
  ['images/stills/DSC_0117.jpeg', 'image/jpeg'],
] as const;

const known = new Map<string, Content>();

/** The content of a number; `kind` is that of the sample which it is made from, by default any. */
export function contentOf(number: number, only?: 'video' | 'image'): Content {
  const kinds = samples.filter(([, type]) => only === undefined || type.startsWith(only));
  const [path, contentType] = kinds[number % kinds.length] ?? samples[0];
  const name = `${number} ${path}`;
  const there = known.get(name);
  if (there) return there;
  const [folder, ...rest] = path.split('/');
  const key = rest.join('/');
  const isImage = folder === 'images';
  const sample = isImage
    ? sampleImages.find((image) => image.key === key)
    : sampleClips.find((clip) => clip.key === key);
  if (!sample) throw new Error(`There is no sample ${path}.`);
  const bytes = readFileSync(join(isImage ? sampleImageFolder : sampleMediaFolder, key));
  // Readers of all these formats pass over what comes behind the end.
  const body = Buffer.concat([bytes, Buffer.alloc(number + 1)]);
  const pixels = `${sample.width}x${sample.height} pixels`;
  const extension = path.slice(path.lastIndexOf('.'));
  const content = { body, etag: hash('md5', body), extension, contentType, pixels };
  known.set(name, content);
  return content;
}
