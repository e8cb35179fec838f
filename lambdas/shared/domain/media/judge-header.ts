import { maxImageSidePixels } from '../limits.ts';
import {
  extensionOf,
  type ImageFormat,
  imageFormatSchema,
  type MediaKind,
  mediaFormatOf,
  supportedExtensions,
  type VideoFormat,
} from './media.ts';
import type { MediaHeader } from './media-header.ts';

type Format = VideoFormat | ImageFormat;

/** How a file can be sent: as it is, as a copy under its real format, or not at all. */
export type HeaderVerdict = { sendAs?: Format } | { skipped: string; remedy: string };

/** Formats of one container: a file of one may be named as another. */
const families: readonly (readonly Format[])[] = [
  ['mp4', 'mov', 'three_gp'],
  ['mpeg', 'mpg'],
];

const aKind: Readonly<Record<MediaKind, string>> = { video: 'a video', image: 'an image' };

/** Returns how a file can be sent, by its header. Only proof counts: an unknown file is sent as its name says. */
export function judgeHeader(key: string, header: MediaHeader | undefined): HeaderVerdict {
  const named = mediaFormatOf(key);
  if (header === undefined || named === undefined) return {};
  const { format, otherFormat, isUnfinished, missing, pixels } = header;
  if (otherFormat !== undefined) {
    const isMedia = /(?:video|image|stream)$/.test(otherFormat);
    return {
      skipped: `${otherFormat}, named .${extensionOf(key)}`,
      remedy: isMedia ? `convert it to ${supportedExtensions[named.kind]}` : 'exclude it, or upload the right file',
    };
  }
  if (format === undefined) {
    // MPEG may begin in more ways than one.
    const isUnproven = isUnfinished || familyOf(named.format).includes('mpeg');
    return isUnproven
      ? {}
      : { skipped: `not ${aKind[named.kind]} by its content`, remedy: 'upload it again, or exclude it' };
  }
  const kind = imageFormatSchema.safeParse(format).success ? 'image' : 'video';
  if (kind !== named.kind) {
    return { skipped: `${aKind[kind]} (${format}) named as ${aKind[named.kind]}`, remedy: `rename it to .${format}` };
  }
  if (missing === 'movie') {
    return {
      skipped: 'a video whose upload or recording was interrupted: it has no movie header',
      remedy: 'upload it again',
    };
  }
  if (missing !== undefined) return { skipped: `a video without a ${missing}`, remedy: 'exclude it' };
  if (pixels !== undefined && Math.max(pixels.width, pixels.height) > maxImageSidePixels) {
    const most = maxImageSidePixels.toLocaleString('en-US');
    return { skipped: `an image with more than ${most} pixels on a side`, remedy: 'scale it down' };
  }
  return familyOf(named.format).includes(format) ? {} : { sendAs: format };
}

function familyOf(format: Format): readonly Format[] {
  return families.find((family) => family.includes(format)) ?? [format];
}
