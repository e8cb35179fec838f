import type { VNode } from 'preact';
import type { Outcome } from '../../shared/domain/run/outcome.ts';
import { isSimulated } from '../../shared/domain/run/report-links.ts';
import type { RunStatus } from '../../shared/domain/run/run.ts';
import { countText, durationText, numberText, usdText } from '../../shared/text/amounts.ts';
import { h } from './element.ts';
import { durationMs, type PageFacts, placeOf } from './facts.ts';
import { foreign, moment, percentText } from './format.ts';

/** The text of a status, and a sign for it that does not depend on colour. */
const statuses: Record<RunStatus, { text: string; sign: string; kind: 'good' | 'mixed' | 'bad' | 'none' }> = {
  Succeeded: { text: 'Everything was answered', sign: '✓', kind: 'good' },
  PartlySucceeded: { text: 'Partly answered', sign: '◐', kind: 'mixed' },
  Failed: { text: 'Nothing was answered', sign: '✕', kind: 'bad' },
  Stopped: { text: 'Stopped by a user', sign: '■', kind: 'mixed' },
  Refused: { text: 'Refused before anything was sent', sign: '✕', kind: 'bad' },
  NothingToDo: { text: 'There was nothing to do', sign: '–', kind: 'none' },
  Planned: { text: 'Planned; nothing was sent', sign: '–', kind: 'none' },
};

/** The top of the page: how the run ended, and its most important numbers. */
export function headline(facts: PageFacts): VNode {
  const { run, outcome } = facts;
  const { text, sign, kind } = statuses[outcome.status];
  const numbers = figures(facts).map(([value, what]) => h('li', null, h('strong', null, value), h('span', null, what)));
  return h(
    'header',
    null,
    isSimulated(placeOf(facts)) ? simulated() : undefined,
    h('p', { class: 'eyebrow' }, 'Media analysis with Amazon Bedrock batch · run ', foreign(run.runId)),
    h('h1', { class: kind }, h('span', { class: 'sign', 'aria-hidden': 'true' }, sign), text),
    h('p', { class: 'lead' }, sentence(facts)),
    outcome.reason === undefined ? undefined : h('p', { class: 'reason' }, foreign(outcome.reason)),
    numbers.length === 0 ? undefined : h('ul', { class: 'figures' }, ...numbers),
  );
}

/** The local AWS computes its answers from the headers of the files. */
function simulated(): VNode {
  return h(
    'p',
    { class: 'simulated', role: 'note' },
    h('strong', null, 'The answers are simulated.'),
    ' The local AWS reads length, size and codec from the files; no model has seen them, and nothing was paid.',
  );
}

function sentence(facts: PageFacts): VNode {
  const { run, outcome, plan } = facts;
  const { submitted, succeeded } = outcome.records;
  const when = ['Started ', moment(run.startedAt), `, over after ${durationText(durationMs(facts))}.`];
  if (submitted === 0 && outcome.status === 'Planned' && plan?.estimate) {
    return h(
      'span',
      null,
      `${countText(plan.estimate.records, 'record')} about ${countText(outcome.media, 'media file')} would be sent. `,
      ...when,
    );
  }
  if (submitted === 0) return h('span', null, 'No record was sent. ', ...when);
  const about = `about ${countText(outcome.media, 'media file')}`;
  return h(
    'span',
    null,
    `${numberText(succeeded)} of ${countText(submitted, 'record')} ${about} were answered. `,
    ...when,
  );
}

type Figure = readonly [value: string, what: string];

function figures(facts: PageFacts): Figure[] {
  const { outcome } = facts;
  const { submitted, succeeded, failed, missing } = outcome.records;
  if (submitted === 0) return estimateFigures(outcome);
  return [
    [percentText(succeeded, submitted), 'of the records answered'],
    [numberText(failed + missing), failed + missing === 1 ? 'record without an answer' : 'records without an answer'],
    [usdText(outcome.cost.batchUsd), isSimulated(placeOf(facts)) ? 'for tokens, if real' : 'paid for tokens'],
    ...saved(outcome.cost),
    [durationText(durationMs(facts)), 'from start to report'],
  ];
}

function saved({ batchUsd, onDemandUsd }: Outcome['cost']): Figure[] {
  if (batchUsd === 'unknown' || onDemandUsd === 'unknown' || onDemandUsd === 0) return [];
  return [[usdText(onDemandUsd - batchUsd), 'less than on demand']];
}

function estimateFigures({ estimate, status }: Outcome): Figure[] {
  if (estimate === undefined || status !== 'Planned') return [];
  return [
    [numberText(estimate.records), 'records planned'],
    [usdText(estimate.totalUsd), 'expected'],
    [usdText(estimate.atMostUsd), 'at most'],
    [usdText(estimate.onDemandUsd), 'on demand'],
  ];
}
