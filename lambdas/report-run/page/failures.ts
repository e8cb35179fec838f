import type { VNode } from 'preact';
import { adviceOn } from './advice.ts';
import { h } from './element.ts';
import type { PageFacts } from './facts.ts';
import { foreign, numberText, section, tableOf } from './format.ts';

/** What did not succeed, by its cause, with what to do about it. */
export function failures({ outcome }: PageFacts): VNode | undefined {
  if (outcome.reasons.length === 0) return undefined;
  return section(
    'failures',
    'What has no answer, and what to do',
    h(
      'ol',
      { class: 'causes' },
      ...outcome.reasons.map(({ outcome: became, reason, records }) =>
        h(
          'li',
          null,
          h('p', null, h('strong', { class: became }, `${numberText(records)} ${became}`), ' ', foreign(reason)),
          h('p', { class: 'advice' }, adviceOn(reason)),
        ),
      ),
    ),
  );
}

/** What was skipped and never sent, by reason. */
export function skipped({ outcome }: PageFacts): VNode | undefined {
  const { total, byReason } = outcome.skipped;
  if (total === 0) return undefined;
  const rows = Object.entries(byReason).map(([reason, count]) => [foreign(reason), numberText(count)]);
  return section(
    'skipped',
    'What was skipped',
    h(
      'p',
      null,
      `${numberText(total)} of what the request reaches were not sent, and nothing was paid for them; ledger/skipped.ndjson names each.`,
    ),
    tableOf('Skipped, by reason', [{ heading: 'Reason' }, { heading: 'Media or records', isNumber: true }], rows),
  );
}
