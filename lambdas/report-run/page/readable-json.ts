/** A JSON answer as people read it: a line per field, without braces and quotes. */
export function readableJson(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    if (value.every(isPlain)) return value.map(plain).join(', ');
    return value.map((item) => `${indent}– ${readableJson(item, `${indent}  `).trimStart()}`).join('\n');
  }
  if (isPlain(value)) return plain(value);
  return Object.entries(Object(value))
    .map(([name, field]) => {
      const text = readableJson(field, `${indent}  `);
      return `${indent}${name}: ${isPlain(field) || !text.includes('\n') ? text.trimStart() : `\n${text}`}`;
    })
    .join('\n');
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function plain(value: unknown): string {
  return value === null ? 'none' : String(value);
}
