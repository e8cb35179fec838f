import type { VNode } from 'preact';
import { numberText } from '../../shared/text/amounts.ts';
import { adviceOn } from './advice.ts';
import { h } from './element.ts';
import type { PageFacts } from './facts.ts';
import { foreign, section, tableOf } from './format.ts';

/** The section of records without an answer, by reason, with what to do about each. */
export function failures({ outcome }: PageFacts): VNode | undefined {
  if (outcome.reasons.length === 0) return undefined;
  return section(
    'failures',
    'Records without an answer, and what to do',
    h(
      'ol',
      { class: 'causes' },
      ...outcome.reasons.map(({ outcome: kind, reason, records }) =>
        h(
          'li',
          null,
          h('p', null, h('strong', { class: kind }, `${numberText(records)} ${kind}`), ' ', foreign(reason)),
          h('p', { class: 'advice' }, adviceOn(reason)),
        ),
      ),
    ),
  );
}

/** The section of skipped media and records, by reason. */
export function skipped({ outcome }: PageFacts): VNode | undefined {
  const { total, byReason } = outcome.skipped;
  if (total === 0) return undefined;
  const rows = Object.entries(byReason).map(([reason, count]) => [foreign(reason), numberText(count)]);
  return section(
    'skipped',
    'Skipped media and records',
    h(
      'p',
      null,
      `${numberText(total)} media or records of the request were not sent and cost nothing; they are listed in ledger/skipped.ndjson.`,
    ),
    tableOf('Skipped, by reason', [{ heading: 'Reason' }, { heading: 'Media or records', isNumber: true }], rows),
  );
}
