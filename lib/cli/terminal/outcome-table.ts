import { join } from 'node:path';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { filenameOf } from '../../../lambdas/shared/domain/media/media.ts';
import type { Outcome } from '../../../lambdas/shared/domain/run/outcome.ts';
import { bytesText, countText, usdText } from '../../../lambdas/shared/text/amounts.ts';
import type { Channel } from '../../program/output.ts';
import { estimateRows, tokensText } from './estimate-rows.ts';
import { jobText } from './job-text.ts';
import { optional, type Row, tableOf } from './table.ts';

/** Jobs in the table; the file of the outcome has all. */
const maxJobsShown = 20;

/** Analyses whose cost the table shows. */
const maxAnalysesShown = 20;

/** The outcome of a run as a table: counts, cost, locations, and each job with its ARN and keys. */
export function outcomeTable(outcome: Outcome, channel: Channel, resultsFolder?: string): string {
  const { records, cost, skipped, reasons, attempts, estimate } = outcome;
  const wasSent = outcome.status !== 'Planned';
  const rows: Row[] = [
    ['run', outcome.runId],
    ['status', outcome.status],
    ...optional('reason', outcome.reason),
    ['media', `${outcome.media}${skipped.total > 0 ? `, and ${skippedText(skipped)}` : ''}`],
    ...optional('records', wasSent ? countsText(records) : undefined),
    ...reasons.map(({ outcome: end, reason, records: count }): Row => ['', `${count} ${end}: ${reason}`]),
    ...optional('layout', layoutText(outcome.layout)),
    ...optional('attempts', attempts > 1 ? `${attempts}: retryable failures were sent again` : undefined),
    ...(wasSent ? [costRow(cost), ...analysisRows(cost)] : []),
    ...optional('foreign records', foreignText(cost)),
    ...(estimate ? estimateRows(estimate, wasSent) : []),
    ...optional('not included', unaccountedText(cost)),
    ...optional('answers', answersText(outcome.answers)),
    ...optional('results', wasSent ? outcome.resultsUri : undefined),
    ...optional('list', outcome.resultsListUri),
    ...optional('', outcome.resultsCsvUri),
    ...optional('report', outcome.reportUri),
    ['ledger', outcome.ledgerUri],
    ['outcome', outcome.outcomeUri],
    ...optional('on this machine', resultsFolder),
    ...optional('', resultsFolder && outcome.reportUri && join(resultsFolder, filenameOf(outcome.reportUri))),
  ];
  for (const job of outcome.jobs.slice(0, maxJobsShown)) {
    rows.push(
      ['', ''],
      ['job', job.jobName],
      ...optional('attempt', job.attempt > 1 ? String(job.attempt) : undefined),
    );
    rows.push(['status', job.status], ...optional('reason', job.reason));
    const padding = job.paddingRecords > 0 ? `, and ${job.paddingRecords} of padding` : '';
    rows.push(['records', countsText(job.records) + padding]);
    rows.push(['batchJobArn', job.batchJobArn ?? 'none: the job was never created']);
    rows.push(['batchInputS3Key', job.batchInputS3Key], ['batchOutputS3Prefix', job.batchOutputS3Prefix]);
  }
  const hidden = outcome.jobCount - Math.min(outcome.jobs.length, maxJobsShown);
  if (hidden > 0) rows.push(['', ''], ['more', `${hidden} more jobs are in ${outcome.outcomeUri}`]);
  return tableOf(rows, channel);
}

type ShownJob = Pick<
  Job,
  | 'jobName'
  | 'status'
  | 'failure'
  | 'collected'
  | 'records'
  | 'batchJobArn'
  | 'batchInputS3Key'
  | 'batchOutputS3Prefix'
  | 'counters'
  | 'paddingRecords'
  | 'waiting'
>;

/** The jobs of a run without an outcome, as a table. */
export function jobsTable(jobs: readonly ShownJob[], channel: Channel): string {
  const rows = jobs
    .slice(0, maxJobsShown)
    .flatMap((job): Row[] => [
      ['', ''],
      ['job', job.jobName],
      ['status', job.collected ? job.status : jobText(job)],
      ...optional('reason', job.failure?.reason),
      ['records', job.collected ? countsText(job.collected.records) : `${job.records} planned`],
      ['batchJobArn', job.batchJobArn ?? 'none: the job was never created'],
      ['batchInputS3Key', job.batchInputS3Key],
      ['batchOutputS3Prefix', job.batchOutputS3Prefix],
    ]);
  return rows.length === 0 ? '' : tableOf(rows.slice(1), channel);
}

function countsText({ submitted, succeeded, failed, missing }: Outcome['records']): string {
  const rest = [failed > 0 ? `${failed} failed` : '', missing > 0 ? `${missing} missing` : ''].filter(Boolean);
  return [`${succeeded} of ${submitted} succeeded`, ...rest].join(', ');
}

function layoutText(layout: Outcome['layout']): string | undefined {
  if (layout === undefined) return undefined;
  const { stagedBytes, stagedUsd } = layout;
  const copies = stagedBytes > 0 ? `; copied ${bytesText(stagedBytes)} for about ${usdText(stagedUsd)}` : '';
  return `${layout.layout} (${layout.reason})${copies}`;
}

function foreignText({ foreignUsd }: Outcome['cost']): string | undefined {
  if (foreignUsd === undefined) return undefined;
  return `${usdText(foreignUsd)} on top for foreign records that ran in our jobs`;
}

function skippedText({ total, byReason }: Outcome['skipped']): string {
  const reasons = Object.entries(byReason).map(([reason, count]) => `${count} ${reason}`);
  return `${total} skipped (${reasons.join('; ')})`;
}

function costRow(cost: Outcome['cost']): Row {
  return ['cost', `${usdText(cost.batchUsd)} as a batch, ${usdText(cost.onDemandUsd)} on demand (${tokensText(cost)})`];
}

/** None for a single analysis, whose cost is in the row before. */
function analysisRows({ byAnalysis = {} }: Outcome['cost']): Row[] {
  const costs = Object.entries(byAnalysis);
  if (costs.length < 2) return [];
  const rows = costs.slice(0, maxAnalysesShown).map(([name, cost]): Row => {
    return ['', `${name}: ${usdText(cost.batchUsd)} (${tokensText(cost)})`];
  });
  const hidden = costs.length - rows.length;
  return hidden > 0 ? [...rows, ['', `and ${hidden} more analyses`]] : rows;
}

function unaccountedText({ unaccounted }: Outcome['cost']): string | undefined {
  if (unaccounted === undefined) return undefined;
  const { jobs, batchUsd } = unaccounted;
  const difference = `differ from the sum of the records by ${tokensText(unaccounted)}`;
  return `${usdText(batchUsd)}: Bedrock's totals of ${countText(jobs, 'job')} ${difference}`;
}

function answersText(answers: Outcome['answers']): string | undefined {
  if (answers === undefined || answers.repaired + answers.invalid === 0) return undefined;
  return `${answers.repaired} had broken JSON that was repaired, ${answers.invalid} do not match their schema`;
}
