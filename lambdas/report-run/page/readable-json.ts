/** Deeper answers are not readable, and must not overflow the stack. */
const maxIndent = 16;

/** Formats a JSON answer for people: a line per field, without braces and quotes. */
export function readableJson(value: unknown, indent = ''): string {
  if (Array.isArray(value) && value.every(isPlain)) return value.map(plain).join(', ');
  if (isPlain(value)) return plain(value);
  if (indent.length > maxIndent) return '…';
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}– ${readableJson(item, `${indent}  `).trimStart()}`).join('\n');
  }
  return Object.entries(Object(value))
    .map(([name, field]) => {
      const text = readableJson(field, `${indent}  `);
      const isBelow = !isPlain(field) && text.includes('\n');
      return `${indent}${name}:${isBelow ? '\n' : ' '}${isBelow ? text : text.trimStart()}`;
    })
    .join('\n');
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function plain(value: unknown): string {
  return value === null ? 'none' : String(value);
}
