import * as z from 'zod';
import { maxS3UriLength } from '../limits.ts';

/** The kinds of media: each has its own formats, limits and place in a prompt. */
export const mediaKindSchema = z.enum(['video', 'image']);
export type MediaKind = z.infer<typeof mediaKindSchema>;

/** Video formats of requests: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_VideoBlock.html */
export const videoFormatSchema = z.enum(['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp']);
export type VideoFormat = z.infer<typeof videoFormatSchema>;

const videoFormats: ReadonlyMap<string, VideoFormat> = new Map([
  ['mkv', 'mkv'],
  ['mov', 'mov'],
  ['mp4', 'mp4'],
  ['webm', 'webm'],
  ['flv', 'flv'],
  ['mpeg', 'mpeg'],
  ['mpg', 'mpg'],
  ['wmv', 'wmv'],
  // The API spells it out; `3gp` is a per-record error.
  ['3gp', 'three_gp'],
]);

/** Image formats of requests: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html */
export const imageFormatSchema = z.enum(['png', 'jpeg', 'gif', 'webp']);
export type ImageFormat = z.infer<typeof imageFormatSchema>;

const imageFormats: ReadonlyMap<string, ImageFormat> = new Map([
  ['png', 'png'],
  ['jpg', 'jpeg'],
  ['jpeg', 'jpeg'],
  ['gif', 'gif'],
  ['webp', 'webp'],
]);

/** Common video formats that Bedrock does not take: skipping one silently would be worse than a refusal. */
const unsupportedVideoExtensions: ReadonlySet<string> = new Set(
  '3g2 asf avi braw divx dv f4v m2ts m2v m4v mts mxf ogm ogv r3d rm rmvb ts vob'.split(' '),
);

/** The same for images of cameras, scanners and film tools. Drawings such as svg are no media and are ignored. */
const unsupportedImageExtensions: ReadonlySet<string> = new Set(
  (
    'avif bmp dpx exr heic heif hif jfif jp2 jpe jxl psd tga tif tiff ' +
    '3fr arw cr2 cr3 crw dng gpr iiq nef nrw orf pef raf rw2 rwl sr2 srf srw x3f'
  ).split(' '),
);

/** The supported extensions, for messages: `flv, mkv, mov, …`. */
export const supportedExtensions: Readonly<Record<MediaKind, string>> = {
  video: [...videoFormats.keys()].sort().join(', '),
  image: [...imageFormats.keys()].sort().join(', '),
};

/** Returns the extension of a key in lower case; empty if there is none. */
export function extensionOf(key: string): string {
  const filename = filenameOf(key);
  const dot = filename.lastIndexOf('.');
  return dot < 0 ? '' : filename.slice(dot + 1).toLowerCase();
}

/** Returns the file name of a key: `C01.MP4` of `proxies/C01.MP4`. */
export function filenameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** Returns the folder of a key: `proxies/` of `proxies/C01.MP4`; empty at the root. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** Returns kind and format of a key by its extension; undefined if Bedrock does not take it. */
export function mediaFormatOf(key: string): { kind: MediaKind; format: VideoFormat | ImageFormat } | undefined {
  const extension = extensionOf(key);
  const video = videoFormats.get(extension);
  if (video !== undefined) return { kind: 'video', format: video };
  const image = imageFormats.get(extension);
  return image && { kind: 'image', format: image };
}

/** Returns the media kind of a key by its extension, even if Bedrock does not take the format. */
export function mediaKindOf(key: string): MediaKind | undefined {
  const extension = extensionOf(key);
  if (unsupportedVideoExtensions.has(extension)) return 'video';
  if (unsupportedImageExtensions.has(extension)) return 'image';
  return mediaFormatOf(key)?.kind;
}

/**
 * Returns why Bedrock would refuse this key in a record; undefined if it would not.
 *
 * Spaces and commas fail the record with "Provided S3 URI is invalid"
 * (https://github.com/AAKevin8450/aquaticartists-video). The rest is unverified, so only the characters of Create's own
 * S3 URIs are allowed.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ModelInvocationJobS3InputDataConfig.html
 */
export function whyKeyIsRefused(bucket: string, key: string): string | undefined {
  const refused = /[^a-zA-Z0-9\-!_*'().]/u.exec(key.replaceAll('/', ''));
  if (refused) return `it has the character ${JSON.stringify(refused[0])}`;
  const names = key.split('/');
  if (names.some((name) => /^\.{0,2}$/.test(name))) return 'it has a folder or file name that is empty, "." or ".."';
  const uriLength = `s3://${bucket}/${key}`.length;
  if (uriLength > maxS3UriLength)
    return `its URI has ${uriLength} characters, more than the ${maxS3UriLength} that are allowed`;
  return undefined;
}

/** Returns the bytes of a key in UTF-8, which S3 counts. */
export function keyBytes(key: string): number {
  return Buffer.byteLength(key);
}
