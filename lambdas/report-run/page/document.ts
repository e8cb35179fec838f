import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Piece } from '../../shared/domain/ports/media-store.ts';
import { consoleUrlOf, isSimulated } from '../../shared/domain/run/report-links.ts';
import { script, style } from './assets.ts';
import { cost } from './cost.ts';
import { h } from './element.ts';
import { type PageFacts, placeOf } from './facts.ts';
import { failures, skipped } from './failures.ts';
import { headline } from './headline.ts';
import { places } from './links.ts';
import { mediaTable } from './media-table.ts';
import { went } from './outcome-section.ts';
import { asked } from './request-section.ts';
import { jsonInHtml } from './rows.ts';

export const htmlContentType = 'text/html; charset=utf-8';

/** Nothing may be loaded, sent or run but what the page brings with it, whatever a name or an answer says. */
const policy = `default-src 'none'; style-src ${style.hash}; script-src ${script.hash}; base-uri 'none'; form-action 'none'`;

/**
 * The page of a run as the pieces of one HTML file, which needs nothing else: what is known at once, and the rows of its table as
 * they come.
 */
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
  // The results' own mode is the first attribute, where `besideResults` finds it.
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
    { id: 'asked', name: 'Asked', part: asked(facts) },
    { id: 'went', name: 'How it went', part: went(facts) },
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
    places(facts),
  );
}
