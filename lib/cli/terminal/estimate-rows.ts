import type { Estimate } from '../../../lambdas/shared/domain/plan/estimate.ts';
import { bytesText, countText, numberText, usdText } from '../../../lambdas/shared/text/amounts.ts';
import type { Row } from './table.ts';

/** The estimate of a run: in short beside its cost, or in full if nothing was sent. */
export function estimateRows(estimate: Estimate, wasSent: boolean): Row[] {
  const { batchUsd, onDemandUsd, byAnalysis, totalUsd, atMostUsd } = estimate;
  const sides = (cost: Pick<Estimate, 'batchUsd' | 'onDemandUsd'>) =>
    `${usdText(cost.batchUsd)} as a batch, ${usdText(cost.onDemandUsd)} on demand`;
  const short = `${sides({ batchUsd, onDemandUsd })} (${tokensText(estimate)})`;
  if (wasSent) return [['estimate', short], ...mediaRows(estimate)];
  const { count, layout, layoutReason, longestHours } = estimate.jobs;
  const hours = countText(Math.ceil(longestHours), 'hour');
  return [
    [
      'would send',
      `${countText(estimate.records, 'record')} in ${countText(count, 'job')}, ${hours} at most once they start`,
    ],
    ['layout', `${layout} (${layoutReason})`],
    ['estimate', short],
    ...Object.entries(byAnalysis).map(
      ([name, each]): Row => ['', `${name}: ${sides(each)}, ${countText(each.records, 'record')}`],
    ),
    ...extraRows(estimate),
    ['in all', `about ${usdText(totalUsd)}, and at most ${usdText(atMostUsd)} before retries`],
    ...mediaRows(estimate),
    ['price', priceText(estimate.price)],
  ];
}

function extraRows({ padding, staging }: Estimate): Row[] {
  const rows: Row[] = [];
  if (padding.records > 0)
    rows.push(['padding', `${usdText(padding.usd)} for ${countText(padding.records, 'record')}`]);
  if (staging.objects > 0) {
    const copies = countText(staging.objects, 'copied object');
    rows.push(['copies', `${usdText(staging.usd)} for ${copies}, ${bytesText(staging.bytes)}`]);
  }
  return rows;
}

/** What makes the estimate less certain. */
function mediaRows({ media: { total, lookedAt, unknown } }: Estimate): Row[] {
  const rows: Row[] = [];
  const part = `${numberText(lookedAt)} of ${countText(total, 'file')}`;
  if (lookedAt < total) rows.push(['estimated from', part]);
  if (unknown > 0)
    rows.push(['of these', `${numberText(unknown)} have no readable length or size and count as the longest`]);
  return rows;
}

function priceText(price: Estimate['price']): string {
  if (price === 'unknown') return 'unknown: set it with the setting modelPrices';
  const { input, output, asOf, source, isUnverified } = price;
  const read = asOf === undefined ? source : `${source}, ${asOf}`;
  return `$${input} in and $${output} out per 1,000 tokens on demand (${read}${isUnverified ? ', unverified' : ''})`;
}

/** Tokens of a run or of an estimate. */
export function tokensText({ inputTokens, outputTokens }: Pick<Estimate, 'inputTokens' | 'outputTokens'>): string {
  return `${numberText(inputTokens)} tokens in, ${numberText(outputTokens)} out`;
}
