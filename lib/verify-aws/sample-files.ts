/** A grey PNG of 64 × 64 pixels. */
export const tinyPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAKUlEQVR42u3MQREAAAwCIKMb3RD77SAA6VEEAoFAIBAIBAKBQCAQfA8G320AeXC6efoAAAAASUVORK5CYII=',
  'base64',
);

const text = 'BT /F1 24 Tf 20 40 Td (Hello) Tj ET';
const objects = [
  '<< /Type /Catalog /Pages 2 0 R >>',
  '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
  '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
  `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
  '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
].map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`);

const body = ['%PDF-1.4\n', ...objects].join('');
const offsets = objects.map((object) => `${String(body.indexOf(object)).padStart(10, '0')} 00000 n \n`).join('');

/** A PDF of one page with one word: https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf */
export const tinyPdf = Buffer.from(
  `${body}xref\n0 6\n0000000000 65535 f \n${offsets}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`,
);
