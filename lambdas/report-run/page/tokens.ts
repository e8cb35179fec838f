import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import type { Outcome } from '../../shared/domain/run/outcome.ts';
import { numberText, usdText } from '../../shared/text/amounts.ts';
import { bar, chart, label, legend } from './chart.ts';
import { h } from './element.ts';
import { foreign, tableOf } from './format.ts';

/** Analyses that fit in a chart and its table; outcome.json has all. */
const maxAnalyses = 30;
const rowHeight = 38;

/** The tokens and cost of each analysis: as used or, of a plan, as estimated. */
export function tokensByAnalysis({ cost, estimate, records }: Outcome): VNode | undefined {
  const isPlan = records.submitted === 0;
  const all = Object.entries((isPlan ? estimate?.byAnalysis : cost.byAnalysis) ?? {});
  if (all.length === 0) return undefined;
  const ranked = all.sort(([, one], [, other]) => tokensOf(other) - tokensOf(one)).slice(0, maxAnalyses);
  const x = scaleLinear([0, Math.max(1, ...ranked.map(([, usage]) => tokensOf(usage)))], [0, 1]);
  const heading = isPlan ? 'Tokens and cost by analysis, as estimated' : 'Tokens and cost by analysis';
  const rows = ranked.map(([name, { inputTokens, outputTokens, batchUsd, onDemandUsd }]) => [
    foreign(name),
    ...[numberText(inputTokens), numberText(outputTokens), usdText(batchUsd), usdText(onDemandUsd)],
  ]);
  const columns = ['Tokens in', 'Tokens out', 'As a batch', 'On demand'].map((text) => ({
    heading: text,
    isNumber: true,
  }));
  return h(
    'div',
    null,
    h('h3', null, heading),
    h(
      'figure',
      null,
      legend([
        ['tokens-in', 'tokens in: media and prompt'],
        ['tokens-out', 'tokens out: the answers'],
      ]),
      chart(
        ranked.length * rowHeight,
        'Tokens of each analysis; the table below has the numbers.',
        ...ranked.flatMap(([name, usage], at) => {
          const y = at * rowHeight;
          const end = x(tokensOf(usage));
          const middle = x(usage.inputTokens);
          return [
            label(0, y + 13, name),
            label(1, y + 13, usdText(usage.batchUsd), 'end', 'label value'),
            bar(0, middle, y + 19, 12, 'tokens-in', `${numberText(usage.inputTokens)} tokens in`),
            bar(middle, end, y + 19, 12, 'tokens-out', `${numberText(usage.outputTokens)} tokens out`),
          ];
        }),
      ),
    ),
    tableOf(heading, [{ heading: 'Analysis' }, ...columns], rows),
    all.length > ranked.length
      ? h('p', { class: 'muted' }, `${all.length - ranked.length} more analyses are in outcome.json.`)
      : undefined,
  );
}

const tokensOf = ({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): number =>
  inputTokens + outputTokens;
