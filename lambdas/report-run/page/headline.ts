import type { VNode } from 'preact';
import type { Outcome } from '../../shared/domain/run/outcome.ts';
import { isSimulated } from '../../shared/domain/run/report-links.ts';
import type { RunStatus } from '../../shared/domain/run/run-status.ts';
import { countText, durationText, usdText } from '../../shared/text/amounts.ts';
import { h } from './element.ts';
import { type PageFacts, placeOf, tookMs } from './facts.ts';
import { foreign, moment, numberText, percentText } from './format.ts';

/** What a status says, and a sign for it that needs no colour. */
const statuses: Record<RunStatus, { says: string; sign: string; kind: 'good' | 'mixed' | 'bad' | 'none' }> = {
  Succeeded: { says: 'Everything was answered', sign: '✓', kind: 'good' },
  PartlySucceeded: { says: 'Partly answered', sign: '◐', kind: 'mixed' },
  Failed: { says: 'Nothing was answered', sign: '✕', kind: 'bad' },
  Stopped: { says: 'Stopped by a user', sign: '■', kind: 'mixed' },
  Refused: { says: 'Refused before anything was sent', sign: '✕', kind: 'bad' },
  NothingToDo: { says: 'There was nothing to do', sign: '–', kind: 'none' },
  Planned: { says: 'Planned, and nothing was sent', sign: '–', kind: 'none' },
};

/** The top of the page: what it is about, how it ended, and the numbers that people ask for first. */
export function headline(facts: PageFacts): VNode {
  const { run, outcome } = facts;
  const { says, sign, kind } = statuses[outcome.status];
  const numbers = figures(facts).map(([value, what]) => h('li', null, h('strong', null, value), h('span', null, what)));
  return h(
    'header',
    null,
    isSimulated(placeOf(facts)) ? simulated() : undefined,
    h('p', { class: 'eyebrow' }, 'Media analysis with Amazon Bedrock batch · run ', foreign(run.runId)),
    h('h1', { class: kind }, h('span', { class: 'sign', 'aria-hidden': 'true' }, sign), says),
    h('p', { class: 'lead' }, sentence(facts)),
    outcome.reason === undefined ? undefined : h('p', { class: 'reason' }, foreign(outcome.reason)),
    numbers.length === 0 ? undefined : h('ul', { class: 'figures' }, ...numbers),
  );
}

/** Not to be overlooked: the local AWS answers from the files' own headers. */
function simulated(): VNode {
  return h(
    'p',
    { class: 'simulated', role: 'note' },
    h('strong', null, 'The answers are simulated.'),
    ' This run was on the local AWS, which reads length, size and codec from the real files; no model has seen a picture, and nothing was paid.',
  );
}

function sentence(facts: PageFacts): VNode {
  const { run, outcome, plan } = facts;
  const { submitted, succeeded } = outcome.records;
  const took = tookMs(facts);
  const when = ['Started ', moment(run.startedAt), took === undefined ? '.' : ` and over after ${durationText(took)}.`];
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
  const took = tookMs(facts);
  const { submitted, succeeded, failed, missing } = outcome.records;
  if (submitted === 0) return estimateFigures(outcome);
  return [
    [percentText(succeeded, submitted), 'of the records answered'],
    [numberText(failed + missing), failed + missing === 1 ? 'record without an answer' : 'records without an answer'],
    [usdText(outcome.cost.batchUsd), isSimulated(placeOf(facts)) ? 'for tokens, had it been real' : 'paid for tokens'],
    ...saved(outcome.cost),
    ...(took === undefined ? [] : [[durationText(took), 'from start to report'] as const]),
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
