import { describe, expect, it } from 'vitest';
import { sniffFormat } from '../../../../lambdas/plan-run/inspect/sniff-format.ts';

const head = (text: string) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(600, 0x80)]).subarray(0, 512);
const packets = (first: number, bytes: number) => {
  const stream = Buffer.alloc(512, 0xff);
  for (let at = first; at < stream.length; at += bytes) stream[at] = 0x47;
  return stream;
};

describe('the format of a file by its first bytes', () => {
  it.each([
    ['mp4', '\0\0\0\x20ftypisom'],
    ['mp4', '\0\0\0\x20ftypmp42'],
    ['mp4', '\0\0\0\x20ftypXAVC'],
    ['mp4', '\0\0\0\x20ftypM4V '],
    ['mov', '\0\0\0\x14ftypqt  '],
    ['mov', '\0\0\0\x08wide\0\0\x10\0mdat'],
    ['mov', '\0\0\x10\0moov'],
    ['three_gp', '\0\0\0\x18ftyp3gp4'],
    ['three_gp', '\0\0\0\x18ftyp3g2a'],
    ['mkv', '\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska'],
    ['webm', '\x1a\x45\xdf\xa3\x87\x42\x82\x84webm'],
    ['flv', 'FLV\x01\x05'],
    ['wmv', '\x30\x26\xb2\x75\x8e\x66\xcf\x11'],
    ['mpeg', '\0\0\x01\xba'],
    ['mpeg', '\0\0\x01\xb3'],
    ['png', '\x89PNG\r\n\x1a\n'],
    ['jpeg', '\xff\xd8\xff\xe1'],
    ['gif', 'GIF89a'],
    ['webp', 'RIFF\0\0\0\0WEBPVP8L'],
  ])('is %s of %j', (format, beginning) => {
    expect(sniffFormat(head(beginning))).toEqual({ format });
  });

  it.each([
    ['an AVI video', head('RIFF\0\0\0\0AVI LIST')],
    ['an MXF video', head('\x06\x0e\x2b\x34')],
    ['an MPEG transport stream', packets(0, 188)],
    ['an MPEG transport stream', packets(4, 192)],
    ['a HEIC image', head('\0\0\0\x18ftypheic')],
    ['a HEIC image', head('\0\0\0\x18ftypmif1')],
    ['an AVIF image', head('\0\0\0\x18ftypavif')],
    ['a CR3 raw image', head('\0\0\0\x18ftypcrx ')],
    ['a JPEG 2000 image', head('\0\0\0\x0cjP  \r\n\x87\n')],
    ['a JPEG XL image', head('\0\0\0\x0cJXL \r\n\x87\n')],
    ['a TIFF or raw image', head('II*\0')],
    ['a TIFF or raw image', head('MM\0*')],
    ['a Photoshop image', head('8BPS\0\x01')],
    ['a BMP image', head('BM')],
    ['a WAV sound', head('RIFF\0\0\0\0WAVEfmt ')],
    ['an MP3 sound', head('ID3\x03')],
    ['an Ogg file', head('OggS\0')],
    ['a PDF', head('%PDF-1.7')],
    ['a ZIP archive', head('PK\x03\x04')],
    ['an AppleDouble file of macOS', head('\0\x05\x16\x07\0\x02\0\0')],
    ['a web page', Buffer.from('\uFEFF\n<!DOCTYPE html><html>')],
    ['a web page', Buffer.from('<HTML><body>Not found')],
    ['a text file', Buffer.from('{"message":"Größe unbekannt"}')],
    ['a text file', Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
    ['a text file', Buffer.from('ü'.repeat(256)).subarray(0, 511)],
    ['a file of zeros', Buffer.alloc(512)],
    ['an empty file', Buffer.alloc(0)],
  ])('is known to be %s, which Bedrock does not take', (otherFormat, beginning) => {
    expect(sniffFormat(beginning)).toEqual({ otherFormat });
  });

  it.each([
    ['noise', head('\x01\x02\x03\x04')],
    ['one packet of a stream', Buffer.concat([Buffer.from([0x47]), Buffer.alloc(511, 0xff)])],
    ['a RIFF of another kind', head('RIFF\0\0\0\0ACON')],
  ])('is unknown of %s', (_, beginning) => {
    expect(sniffFormat(beginning)).toEqual({});
  });
});
