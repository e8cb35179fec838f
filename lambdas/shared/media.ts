import { maxS3UriLength } from './limits.ts';

/** Video formats as a request body names them: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_VideoBlock.html */
export type VideoFormat = 'mkv' | 'mov' | 'mp4' | 'webm' | 'flv' | 'mpeg' | 'mpg' | 'wmv' | 'three_gp';

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

/** Videos that people have and Bedrock does not take. Losing one silently would be worse than a refusal. */
const unsupportedVideoExtensions: ReadonlySet<string> = new Set(
  '3g2 asf avi braw divx dv f4v m2ts m2v m4v mts mxf ogm ogv r3d rm rmvb ts vob'.split(' '),
);

/** The extensions that Bedrock takes, for messages: `flv, mkv, mov, …`. */
export const supportedVideoExtensions = [...videoFormats.keys()].sort().join(', ');

/** The part after the last dot of the file name, in lower case; empty where there is none. */
export function extensionOf(key: string): string {
  const filename = filenameOf(key);
  const dot = filename.lastIndexOf('.');
  return dot < 0 ? '' : filename.slice(dot + 1).toLowerCase();
}

/** `C01.MP4` of `proxies/C01.MP4`. */
export function filenameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** `proxies/` of `proxies/C01.MP4`; empty at the root. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** The format that a record must name for this key, by its extension; undefined where Bedrock has none. */
export function videoFormatOf(key: string): VideoFormat | undefined {
  return videoFormats.get(extensionOf(key));
}

/** Whether the extension says that this is a video, only of a kind that Bedrock does not take. */
export function isUnsupportedVideo(key: string): boolean {
  return unsupportedVideoExtensions.has(extensionOf(key));
}

/**
 * Why Bedrock would refuse this key inside a record, or undefined where it would not. Spaces and commas are refused per
 * record with "Provided S3 URI is invalid" (https://github.com/AAKevin8450/aquaticartists-video); what else is refused is
 * unverified, so this takes the strict side: the characters that Create's own S3 URIs may have.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ModelInvocationJobS3InputDataConfig.html
 */
export function whyKeyIsRefused(bucket: string, key: string): string | undefined {
  const refused = /[^a-zA-Z0-9\-!_*'().]/u.exec(key.replaceAll('/', ''));
  if (refused) return `it has the character ${JSON.stringify(refused[0])}`;
  const names = key.split('/');
  if (names.some((name) => /^\.{0,2}$/.test(name))) return 'it has a folder or file name that is empty, "." or ".."';
  const uriLength = `s3://${bucket}/${key}`.length;
  if (uriLength > maxS3UriLength) return `its URI has ${uriLength} characters and at most ${maxS3UriLength} are taken`;
  return undefined;
}

/** Bytes of a key in UTF-8, which is how S3 counts. */
export function keyBytes(key: string): number {
  return Buffer.byteLength(key);
}
