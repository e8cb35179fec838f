import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Piece } from '../../shared/domain/ports/media-store.ts';
import { consoleUrlOf, isSimulated } from '../../shared/domain/run/report-links.ts';
import { cost } from './cost.ts';
import { h } from './element.ts';
import { type PageFacts, placeOf } from './facts.ts';
import { failures, skipped } from './failures.ts';
import { headline } from './headline.ts';
import { filesSection } from './links.ts';
import { mediaTable } from './media-table.ts';
import { outcomeSection } from './outcome-section.ts';
import { requestSection } from './request-section.ts';
import { jsonInHtml } from './rows.ts';

// Files, so that linters read them; `lib/stack/functions/bundles.ts` copies them next to the bundle.
const style = assetOf('./page.css');
const script = assetOf('./page.js');

export const htmlContentType = 'text/html; charset=utf-8';

/** The page loads, sends and runs nothing but its own assets, whatever a name or an answer contains. */
const policy = `default-src 'none'; style-src ${style.hash}; script-src ${script.hash}; base-uri 'none'; form-action 'none'`;

/** Returns the report page as pieces of one self-contained HTML file; the rows of its table stream in. */
export function pagePieces(facts: PageFacts, rows: AsyncIterable<string>): Piece[] {
  const { bucket, prefixes, run } = facts;
  const place = placeOf(facts);
  const links = { console: consoleUrlOf(place, bucket, prefixes.resultsPrefix) ?? null };
  const title = `${run.runId}: ${facts.outcome.status}${isSimulated(place) ? ' (simulated)' : ''}`;
  const head = [
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('meta', { name: 'referrer', content: 'no-referrer' }),
    h('meta', { name: 'robots', content: 'noindex' }),
    h('title', null, title),
  ];
  // `data-results` is the first attribute, where `besideResults` finds it.
  const start = `<!doctype html>\n<html data-results="console" lang="en"><head>${head.map((node) => renderToString(node)).join('')}`;
  return [
    { text: `${start}<style>${style.text}</style></head>\n<body>${renderToString(body(facts))}\n` },
    { text: `<script type="application/json" id="links-data">${jsonInHtml(links)}</script>\n` },
    { text: '<script type="application/json" id="rows-data">[\n' },
    { lines: rows },
    { text: `]</script>\n<script>${script.text}</script></body></html>\n` },
  ];
}

function body(facts: PageFacts): VNode {
  const all = [
    { id: 'request', name: 'Request', part: requestSection(facts) },
    { id: 'jobs', name: 'Records and jobs', part: outcomeSection(facts) },
    { id: 'cost', name: 'Cost', part: cost(facts) },
    { id: 'failures', name: 'No answer', part: failures(facts) },
    { id: 'skipped', name: 'Skipped', part: skipped(facts) },
    { id: 'media', name: 'Media and answers', part: mediaTable(facts) },
  ];
  const parts = all.filter(({ part }) => part !== undefined);
  const links = parts.map(({ id, name }) => h('li', null, h('a', { href: `#${id}` }, name)));
  return h(
    'div',
    { class: 'page' },
    h('a', { class: 'skip', href: '#main' }, 'Skip to the report'),
    headline(facts),
    parts.length < 2
      ? undefined
      : h('nav', { 'aria-label': 'Parts of the report', class: 'parts' }, h('ul', null, ...links)),
    h('main', { id: 'main' }, ...parts.map(({ part }) => part)),
    filesSection(facts),
  );
}

/** Returns a file that the page contains, with the hash by which its policy allows it. */
function assetOf(name: string): { text: string; hash: string } {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  return { text, hash: `'sha256-${createHash('sha256').update(text).digest('base64')}'` };
}
