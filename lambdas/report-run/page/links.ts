import type { VNode } from 'preact';
import { parseS3Uri } from '../../shared/domain/keys.ts';
import { consoleUrlOf } from '../../shared/domain/run/report-links.ts';
import { type Child, h } from './element.ts';
import { type PageFacts, placeOf } from './facts.ts';
import { definitions } from './format.ts';

/** The section with the files of the run. */
export function filesSection(facts: PageFacts): VNode {
  const { resultsUri, resultsListUri, resultsCsvUri, ledgerUri, outcomeUri } = facts.outcome;
  const isAnswered = facts.outcome.records.succeeded > 0;
  return h(
    'footer',
    null,
    h('h2', null, 'Files'),
    definitions([
      ['Results', isAnswered ? uriText(facts, resultsUri) : undefined],
      [
        'Lists',
        resultsCsvUri && resultsListUri && [fileLink(facts, resultsCsvUri), ' and ', fileLink(facts, resultsListUri)],
      ],
      ['Ledger', facts.attempts.length > 0 ? uriText(facts, ledgerUri) : undefined],
      ['Outcome', uriText(facts, outcomeUri)],
    ]),
  );
}

/** A link to a list: in the console or, if the page is beside its files, to the file. */
export function fileLink(facts: PageFacts, uri: string): Child {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  const beside = h('a', { class: 'beside', href: `./${name}` }, name);
  return h('span', null, h('span', { class: 'in-console' }, uriText(facts, uri, name)), beside);
}

/** An `s3://` URI, as a link if there is a console; the console has no objects for folders. */
function uriText(facts: PageFacts, uri: string, text = uri): VNode {
  const { bucket, key } = parseS3Uri(uri) ?? { bucket: '', key: '' };
  const url = uri.endsWith('/') ? undefined : consoleUrlOf(placeOf(facts), bucket, key);
  return url === undefined ? h('code', null, text) : h('a', { href: url }, text);
}
