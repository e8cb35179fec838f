import { mediaFormatOf } from './media.ts';

/**
 * The Content-Type of media in S3 by format. Nova asks for the correct one
 * (https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html); the table is in
 * https://docs.aws.amazon.com/nova/latest/userguide/prompting-video-understanding.html. Images are undocumented, so
 * they get their registered type.
 */
const contentTypes: Readonly<Record<NonNullable<ReturnType<typeof mediaFormatOf>>['format'], string>> = {
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp4: 'video/mp4',
  webm: 'video/webm',
  flv: 'video/x-flv',
  mpeg: 'video/mpeg',
  mpg: 'video/mpeg',
  wmv: 'video/x-ms-wmv',
  three_gp: 'video/3gpp',
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** Returns the Content-Type of media by their format; undefined if Bedrock does not take the format. */
export function contentTypeOf(key: string): string | undefined {
  const found = mediaFormatOf(key);
  return found && contentTypes[found.format];
}
