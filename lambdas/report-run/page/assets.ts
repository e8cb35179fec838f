import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What the page carries with it, with the hash by which its policy lets it in. */
export interface Asset {
  text: string;
  hash: string;
}

// Files of their own, because they are checked and formatted as what they are; `lib/stack/functions/bundles.ts` puts them beside the bundle.
export const style = assetOf('./page.css');
export const script = assetOf('./page.js');

function assetOf(name: string): Asset {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  return { text, hash: `'sha256-${createHash('sha256').update(text).digest('base64')}'` };
}
