import type { ImageFormat, VideoFormat } from '../../shared/domain/media/media.ts';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';

/** Bytes at the beginning of a file that `sniffFormat` looks at. */
export const sniffedBytes = 512;

type Signature<Found> = readonly [at: number, text: string, found: Found];

const formats: readonly Signature<VideoFormat | ImageFormat>[] = [
  [0, '\x89PNG\r\n\x1a\n', 'png'],
  [0, '\xff\xd8\xff', 'jpeg'],
  [0, 'GIF8', 'gif'],
  [8, 'WEBPVP8', 'webp'],
  [0, 'FLV\x01', 'flv'],
  [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'wmv'],
  [0, '\0\0\x01\xba', 'mpeg'],
  [0, '\0\0\x01\xb3', 'mpeg'],
];

const others: readonly Signature<string>[] = [
  [8, 'AVI LIST', 'an AVI video'],
  [0, '\x06\x0e\x2b\x34', 'an MXF video'],
  [4, 'jP  \r\n', 'a JPEG 2000 image'],
  [4, 'JXL \r\n', 'a JPEG XL image'],
  [0, 'II*\0', 'a TIFF or raw image'],
  [0, 'MM\0*', 'a TIFF or raw image'],
  [0, '8BPS\0', 'a Photoshop image'],
  [0, 'BM', 'a BMP image'],
  [8, 'WAVEfmt', 'a WAV sound'],
  [0, 'OggS\0', 'an Ogg file'],
  [0, 'ID3', 'an MP3 sound'],
  [0, '%PDF-', 'a PDF'],
  [0, 'PK\x03\x04', 'a ZIP archive'],
  [0, '\0\x05\x16\x07', 'an AppleDouble file of macOS'],
];

/** Major brands of ISO media: https://mp4ra.org/registered-types/brands. Cameras have many more, which are MP4. */
const brands: readonly (readonly [RegExp, Pick<MediaHeader, 'format' | 'otherFormat'>])[] = [
  [/^qt/, { format: 'mov' }],
  [/^3g/, { format: 'three_gp' }],
  [/^(?:hei|hev|mif|msf)/, { otherFormat: 'a HEIC image' }],
  [/^avi[fs]/, { otherFormat: 'an AVIF image' }],
  [/^crx/, { otherFormat: 'a CR3 raw image' }],
  [/^/, { format: 'mp4' }],
];

/** Boxes with which files without a brand begin: QuickTime, and pieces of a stream. */
const firstBoxes = /^(?:moov|mdat|wide|free|skip|pnot|udta|uuid|styp|sidx|moof)$/;

/** Tells the format of a file by its first bytes; empty where they are of none that is known here. */
export function sniffFormat(head: Uint8Array): Pick<MediaHeader, 'format' | 'otherFormat'> {
  const text = Buffer.from(head).toString('latin1');
  const found = <Found>(table: readonly Signature<Found>[]) =>
    table.find(([at, signature]) => text.startsWith(signature, at))?.[2];
  const format = found(formats);
  if (format !== undefined) return { format };
  const otherFormat = found(others);
  if (otherFormat !== undefined) return { otherFormat };
  const box = text.slice(4, 8);
  if (box === 'ftyp') return brands.find(([brand]) => brand.test(text.slice(8, 12)))?.[1] ?? {};
  if (firstBoxes.test(box)) return { format: 'mov' };
  // https://www.rfc-editor.org/rfc/rfc8794#name-ebml-header: its DocType is among the first elements.
  if (text.startsWith('\x1a\x45\xdf\xa3')) return { format: text.slice(0, 64).includes('webm') ? 'webm' : 'mkv' };
  const isTransportStream = (at: number, packetBytes: number) =>
    [0, 1, 2].every((packet) => head[at + packet * packetBytes] === 0x47);
  if (isTransportStream(0, 188) || isTransportStream(4, 192)) return { otherFormat: 'an MPEG transport stream' };
  return textIn(head);
}

function textIn(head: Uint8Array): Pick<MediaHeader, 'otherFormat'> {
  if (head.length === 0) return { otherFormat: 'an empty file' };
  if (head.every((byte) => byte === 0)) return { otherFormat: 'a file of zeros' };
  const text = Buffer.from(head).toString('utf8').trimStart();
  if (/^<(?:!doctype html|html)/i.test(text)) return { otherFormat: 'a web page' };
  // A character may be truncated at the end of what was read.
  return /[^\P{Cc}\n\r\t\f]|\uFFFD(?!$)/u.test(text) ? {} : { otherFormat: 'a text file' };
}
