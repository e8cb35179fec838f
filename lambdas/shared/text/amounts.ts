/** Formats USD with cents, and below a dollar with three significant digits. */
export function usdText(amount: number | 'unknown'): string {
  if (amount === 'unknown') return 'unknown';
  const decimals = amount > 0 && amount < 1 ? 2 - Math.floor(Math.log10(amount)) : 2;
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: Math.min(decimals, 20) };
  return amount.toLocaleString('en-US', { style: 'currency', currency: 'USD', ...digits });
}

const sizes = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['KB', 1e3],
] as const;

/** Formats bytes in powers of 1,000, as AWS counts quotas and prices: `7.1 GB`. */
export function bytesText(bytes: number): string {
  const [unit, size] = sizes.find(([, least]) => bytes >= least) ?? ['bytes', 1];
  return `${(bytes / size).toLocaleString('en-US', { maximumFractionDigits: 1 })} ${unit}`;
}

/** Formats a count: `1,234`. */
export function numberText(value: number): string {
  return value.toLocaleString('en-US');
}

/** Formats a count with its noun: `1 job`, `1,234 records`. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Lists the first names, and counts the rest: `a, b and 1,234 more`. */
export function namesText(names: readonly string[], maxNamed: number): string {
  const more = names.length - maxNamed;
  return `${names.slice(0, maxNamed).join(', ')}${more > 0 ? ` and ${numberText(more)} more` : ''}`;
}

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** Formats a duration in its two largest units, in seconds below a minute: `6 h 12 min`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const at = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[at] ?? ['s', 1];
  const [smaller, smallerSize] = units[at + 1] ?? ['s', 1];
  if (at < 0) return `${seconds} s`;
  const rest = Math.floor((seconds % size) / smallerSize);
  return `${Math.floor(seconds / size)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ''}`;
}
