import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { tinyPdf, tinyPng } from '../../../lib/verify-aws/sample-files.ts';

it('the PDF has the offsets of all its objects and of its table', () => {
  const pdf = tinyPdf.toString('latin1');
  const table = Number(/startxref\n(\d+)/.exec(pdf)?.[1]);
  const offsets = [...pdf.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset));

  expect(pdf.slice(table)).toMatch(/^xref\n0 6\n/);
  expect(offsets.map((offset) => pdf.slice(offset, offset + 7))).toEqual(
    [1, 2, 3, 4, 5].map((number) => `${number} 0 obj`),
  );
  expect(pdf).toMatch(/\/Length 35 >>\nstream\n.{35}\nendstream/);
});

it('the PNG has 64 rows of 64 grey pixels', () => {
  const data = tinyPng.indexOf('IDAT');
  const rows = inflateSync(tinyPng.subarray(data + 4, data + 4 + tinyPng.readUInt32BE(data - 4)));

  expect([tinyPng.readUInt32BE(16), tinyPng.readUInt32BE(20)]).toEqual([64, 64]);
  expect(rows.length).toBe(64 * 65);
  expect(rows.subarray(1, 65).every((grey) => grey === 0x80)).toBe(true);
});
