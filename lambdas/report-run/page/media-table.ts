import type { VNode } from 'preact';
import { numberText } from '../../shared/text/amounts.ts';
import { type Child, h } from './element.ts';
import type { PageFacts } from './facts.ts';
import { section } from './format.ts';
import { fileLink } from './links.ts';
import { maxRows, maxTextLength } from './rows.ts';

/** The table of media, which the browser fills; without scripts the lists have the same content. */
export function mediaTable(facts: PageFacts): VNode | undefined {
  const { records, resultsCsvUri } = facts.outcome;
  if (records.submitted === 0) return undefined;
  const left = records.submitted - maxRows;
  const list = resultsCsvUri === undefined ? h('code', null, 'ledger/records.ndjson') : fileLink(facts, resultsCsvUri);
  const truncation = `Answers are truncated after ${maxTextLength} characters here; the results have them in full.`;
  return section(
    'media',
    'Media and answers',
    left > 0
      ? h(
          'p',
          { class: 'notice' },
          `The first ${numberText(maxRows)} records, those without an answer first. `,
          `${numberText(left)} more are in `,
          list,
          '.',
        )
      : undefined,
    // Not <noscript>, so that it is also visible if the script was blocked.
    h(
      'p',
      { id: 'no-script', class: 'notice' },
      'The table needs JavaScript, which is off here; the same data is in ',
      list,
      '.',
    ),
    h(
      'div',
      { id: 'table', hidden: true },
      controls(),
      h('p', { id: 'count', role: 'status' }),
      h('div', { id: 'rows' }),
      pager(),
    ),
    h('p', { class: 'muted' }, truncation),
  );
}

function controls(): VNode {
  return h(
    'div',
    { class: 'controls', role: 'search' },
    field(
      'search',
      'Search',
      h('input', { id: 'search', type: 'search', placeholder: 'name, answer or reason', autocomplete: 'off' }),
    ),
    field(
      'outcome',
      'Outcome',
      h(
        'select',
        { id: 'outcome' },
        option('', 'all'),
        option('0', 'answered'),
        option('1', 'failed'),
        option('2', 'missing'),
      ),
    ),
    field('analysis', 'Analysis', h('select', { id: 'analysis' }, option('', 'all'))),
  );
}

function field(id: string, text: string, control: Child): VNode {
  return h('label', { for: id }, h('span', null, text), control);
}

const option = (value: string, text: string): VNode => h('option', { value }, text);

function pager(): VNode {
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages of the table' },
    h('button', { id: 'previous', type: 'button' }, 'Previous'),
    h('span', { id: 'page' }),
    h('button', { id: 'next', type: 'button' }, 'Next'),
  );
}
