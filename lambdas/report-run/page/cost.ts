import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import type { Outcome } from '../../shared/domain/run/outcome.ts';
import { isSimulated } from '../../shared/domain/run/report-links.ts';
import { bytesText, countText, numberText, usdText } from '../../shared/text/amounts.ts';
import { bar, chart, label, percent } from './chart.ts';
import { h } from './element.ts';
import { type PageFacts, placeOf } from './facts.ts';
import { section } from './format.ts';
import { tokensByAnalysis } from './tokens.ts';

const rowHeight = 38;

interface Row {
  name: string;
  usd: number;
  className: string;
  /** The highest possible value. */
  atMost?: number;
}

/** The cost section: the paid cost beside the estimate and the on-demand price. */
export function cost(facts: PageFacts): VNode | undefined {
  const { outcome, plan } = facts;
  if (plan === undefined || (outcome.records.submitted === 0 && outcome.estimate === undefined)) return undefined;
  return section(
    'cost',
    'Cost',
    costChart(outcome, !isSimulated(placeOf(facts))),
    ...notes(facts).map((note) => h('p', null, note)),
    tokensByAnalysis(outcome),
  );
}

function costChart(outcome: Outcome, isReal: boolean): VNode {
  const rows = rowsOf(outcome, isReal);
  const most = Math.max(...rows.map(({ usd, atMost = 0 }) => Math.max(usd, atMost)), 0);
  if (most === 0)
    return h('p', null, 'The cost is unknown, because the model has no known price: set it in modelPrices.');
  const x = scaleLinear([0, most], [0, 1]);
  const description = rows.map(({ name, usd }) => `${name} ${usdText(usd)}`).join(', ');
  return h(
    'figure',
    null,
    chart(
      rows.length * rowHeight,
      `${description}.`,
      ...rows.flatMap(({ name, usd, className, atMost }, at) => {
        const y = at * rowHeight;
        const text = atMost === undefined ? usdText(usd) : `${usdText(usd)}, at most ${usdText(atMost)}`;
        return [
          label(0, y + 13, name),
          label(1, y + 13, text, 'end', 'label value'),
          bar(0, x(usd), y + 19, 12, className, `${name}: ${usdText(usd)}`),
          atMost === undefined
            ? undefined
            : h('line', { x1: percent(x(usd)), x2: percent(x(atMost)), y1: y + 25, y2: y + 25, class: 'whisker' }),
        ];
      }),
    ),
  );
}

function rowsOf({ cost: paid, estimate, records }: Outcome, isReal: boolean): Row[] {
  const rows: Row[] = [];
  const add = (name: string, usd: number | 'unknown' | undefined, className: string, atMost?: number | 'unknown') => {
    if (usd !== undefined && usd !== 'unknown')
      rows.push({ name, usd, className, atMost: atMost === 'unknown' ? undefined : atMost });
  };
  add('Estimate', estimate?.totalUsd, 'expected', estimate?.atMostUsd);
  if (records.submitted > 0) add(isReal ? 'Paid, as a batch' : 'As a batch, if real', paid.batchUsd, 'paid');
  add('The same on demand', records.submitted > 0 ? paid.onDemandUsd : estimate?.onDemandUsd, 'demand');
  return rows;
}

function notes({ outcome, plan }: PageFacts): string[] {
  const { cost: paid, estimate, layout, jobs } = outcome;
  const price = plan?.price;
  const padding = jobs.reduce((sum, { paddingRecords }) => sum + paddingRecords, 0);
  const of = (text: string | false | undefined): string[] => (text ? [text] : []);
  return [
    ...of(
      price !== undefined &&
        price !== 'unknown' &&
        `Prices are ${usdText(price.input)} for 1,000 tokens in and ${usdText(price.output)} out on demand, half of it in a batch` +
          ` (${sourceText(price.source)}${price.asOf === undefined ? '' : `, ${price.asOf}`}${price.isUnverified ? '; unverified for this Region' : ''}).`,
    ),
    ...of(
      estimate &&
        `The estimate is based on ${numberText(estimate.media.lookedAt)} of ${countText(estimate.media.total, 'media file')} and on ` +
          'answers of half their limit; "at most" assumes the full limit. Further attempts are not included.',
    ),
    ...of(
      padding > 0 &&
        `The cost includes ${countText(padding, 'tiny record')} of padding, which fill jobs up to Bedrock's minimum of 100 records.`,
    ),
    ...of(
      layout !== undefined &&
        layout.stagedBytes > 0 &&
        `Copies of ${bytesText(layout.stagedBytes)} cost about ${usdText(layout.stagedUsd)} more.`,
    ),
    ...of(
      paid.foreignUsd !== undefined &&
        `Foreign records that ran in these jobs cost ${usdText(paid.foreignUsd ?? 0)} more.`,
    ),
    ...of(
      paid.unaccounted &&
        `Not included: Bedrock's totals of ${countText(paid.unaccounted.jobs, 'job')} differ from the sum of the records by ${usdText(paid.unaccounted.batchUsd)}.`,
    ),
  ];
}

/** Returns the host of a URL. */
function sourceText(source: string): string {
  return URL.parse(source)?.host ?? source;
}
