import { costOf } from '../../lambdas/shared/domain/model/cost.ts';
import { bytesText, usdText } from '../../lambdas/shared/text/amounts.ts';
import { CommandProblem } from '../program/problem.ts';
import type { Plan } from './plan.ts';
import type { Question } from './question.ts';
import { folderCopies, jobSize } from './questions/job-size.ts';
import { stackName } from './stack.ts';

/** Tokens of a record of one character and of the model's own text: undocumented (UNVERIFIED), so a high guess. */
const textTokens = 32;

/**
 * USD for a GB-month of S3 and for 1,000 copies, in us-east-1 (https://aws.amazon.com/s3/pricing/), and two days in
 * months.
 */
const s3 = { storage: 0.023, requests: 0.005, months: 2 / 30 };

/**
 * USD for the product's own run: about 200 polls of 3 transitions at 0.025 per 1,000, and far less for Lambda, DynamoDB
 * and logs. https://aws.amazon.com/step-functions/pricing/
 */
const runUsd = 0.05;

/** What these questions create, and their maximum cost in USD, rounded up to cents. */
export function priceOf(questions: readonly Question[], plan: Plan) {
  const costs = questions.flatMap((question) => question.costs(plan));
  const jobs = [...new Map(costs.map((cost) => [cost.job, cost])).values()];
  const { bytes, count } = questions.includes(jobSize) ? folderCopies(plan) : { bytes: 0, count: 0 };
  const tokensUsd = jobs.reduce((sum, { modelId, records, mediaTokens = 0, outputTokens = 0 }) => {
    const model = plan.models.find(({ id }) => id === modelId);
    const tokens = { inputTokens: records * textTokens + mediaTokens, outputTokens: records + outputTokens };
    const cost = model && costOf(model, tokens);
    if (cost) return sum + cost.batchUsd;
    throw new CommandProblem(
      `The price of ${modelId} is unknown, so its cost cannot be shown: choose other questions with --only.`,
    );
  }, 0);
  const s3Usd = (bytes / 1e9) * s3.storage * s3.months + (count / 1000) * s3.requests;
  const records = jobs.reduce((sum, job) => sum + job.records, 0);
  return { jobs: jobs.length, records, bytes, usd: Math.ceil((tokensUsd + s3Usd + runUsd) * 100) / 100 };
}

/** What the user must know before anything is created. @param label of a local AWS, which costs nothing */
export function announcement(questions: readonly Question[], plan: Plan, label: string | undefined): string {
  const { jobs, records, bytes, usd } = priceOf(questions, plan);
  const stored = bytes === 0 ? '' : ` and ${bytesText(bytes)} in S3`;
  const models = plan.models.map(({ id }) => id).join(', ');
  const work = `up to ${jobs} batch jobs of ${records} records${stored}, for ${models}`;
  if (label !== undefined)
    return `${label} gets ${work}. It costs nothing: the answers are the simulator's, not AWS's.\n`;
  return (
    `In ${plan.region} this creates the stack ${stackName} and ${work}. ` +
    `It takes an hour or two, at most two days, and costs at most ${usdText(usd)} at the prices of us-east-1. ` +
    'Everything is removed at the end, except with --keep.\n'
  );
}
