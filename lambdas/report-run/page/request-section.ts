import type { VNode } from 'preact';
import * as z from 'zod';
import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import { bytesText, countText, numberText, usdText } from '../../shared/text/amounts.ts';
import { type Child, h } from './element.ts';
import type { PageFacts } from './facts.ts';
import { definitions, foreign, listed, moment, section } from './format.ts';

/** The described fields of a request; a refused request may be anything. */
const names = z.array(z.string()).optional().catch(undefined);
const shownRequestSchema = z
  .looseObject({
    media: z
      .looseObject({
        ...{ prefixes: names, keys: names, include: names, exclude: names },
        manifest: z.string().optional().catch(undefined),
        newOnly: z.boolean().optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
    records: z.string().optional().catch(undefined),
    retryOf: z.string().optional().catch(undefined),
    maxCostUsd: z.number().optional().catch(undefined),
    dryRun: z.boolean().optional().catch(undefined),
  })
  .catch({});
type ShownRequest = z.infer<typeof shownRequestSchema>;

/** Names that are shown one by one. */
const maxNames = 5;

/** The section of the request: media, analyses, model, limits and trigger. */
export function requestSection({ run, plan, attempts, outcome }: PageFacts): VNode {
  const request: unknown = plan?.request ?? readJson(run.requestJson);
  const { maxCostUsd, dryRun, ...what } = shownRequestSchema.parse(request);
  const last = attempts.at(-1);
  const { stagedBytes = 0 } = outcome.layout ?? {};
  const copies = stagedBytes > 0 ? `; ${bytesText(stagedBytes)} were copied for it and removed afterwards` : '';
  const layout = outcome.layout ?? { ...plan?.estimate?.jobs, reason: plan?.estimate?.jobs.layoutReason };
  return section(
    'request',
    'Request',
    definitions([
      ['Media', mediaText(what)],
      ['Analyses', plan && listed(plan.analyses.map(({ name }) => h('strong', null, foreign(name))))],
      ['Model', plan && h('code', null, plan.modelId)],
      ['Layout', layout.layout && [`${layout.layout}: ${layout.reason}${copies}`]],
      ['Limits', limitsText(plan, maxCostUsd)],
      ['Dry run', dryRun ? 'yes: nothing was sent' : undefined],
      ['Started', [moment(run.startedAt), startedBy(run.runId)]],
      ['Resumed', run.executionArns.length > 1 ? countText(run.executionArns.length - 1, 'time') : undefined],
      ['Attempts', last && last.attempt > 1 ? countText(last.attempt, 'attempt') : undefined],
    ]),
    ...(plan?.analyses ?? []).map(analysisDetails),
    request === undefined
      ? undefined
      : h(
          'details',
          null,
          h('summary', null, 'The request as JSON'),
          h('pre', { tabIndex: 0 }, JSON.stringify(request, null, 2)),
        ),
  );
}

function mediaText({ media, records, retryOf }: ShownRequest): Child {
  if (retryOf !== undefined) return ['records of run ', foreign(retryOf), ' that still have no answer'];
  if (records !== undefined) return ['prebuilt records of ', foreign(records)];
  if (media === undefined) return 'none: the request names no media';
  const parts: Child[][] = [];
  if (media.prefixes)
    parts.push(['everything under ', ...named(media.prefixes.map((prefix) => prefix || 'the whole bucket'))]);
  if (media.keys) parts.push(named(media.keys));
  if (media.manifest !== undefined) parts.push(['the rows of ', foreign(media.manifest)]);
  const text = listed(parts).flat();
  if (media.include) text.push(', only if it matches ', ...named(media.include));
  if (media.exclude) text.push(', except what matches ', ...named(media.exclude));
  if (media.newOnly) text.push('; without records that are pending, answered or failed for good in another run');
  return text;
}

function named(all: readonly string[]): Child[] {
  const shown = all.slice(0, maxNames).map((name) => h('code', null, foreign(name)));
  return listed(all.length > maxNames ? [...shown, `${all.length - maxNames} more`] : shown);
}

function limitsText(plan: PageFacts['plan'], maxCostUsd: number | undefined): string | undefined {
  if (plan === undefined) return undefined;
  const budget = maxCostUsd === undefined ? 'no cost limit' : `at most ${usdText(maxCostUsd)}`;
  return `${budget}; ${plan.timeoutHours} hours per job; ${countText(plan.retries, 'further attempt')} for failures that may succeed`;
}

/** Triggers name their runs after themselves and a time; a user may choose any name. */
function startedBy(runId: string): string | undefined {
  const trigger = /^(nightly|uploads)-\d{8}T\d{6}/.exec(runId)?.[1];
  if (trigger === undefined) return undefined;
  return trigger === 'nightly' ? ', by the nightly schedule' : ', by uploads of media';
}

function analysisDetails({ name, prompt, inference, schema, media }: Analysis): VNode {
  const { maxTokens } = inference;
  const kinds = media.map((kind) => `${kind}s`).join(' and ');
  const limit = maxTokens === undefined ? '' : `, at most ${numberText(maxTokens)} tokens`;
  return h(
    'details',
    null,
    h('summary', null, 'Prompt of ', h('strong', null, foreign(name))),
    h(
      'p',
      { class: 'muted' },
      `For ${kinds}${limit}${schema === undefined ? '' : ', answered as JSON with a schema'}.`,
    ),
    h('pre', { tabIndex: 0 }, foreign(prompt)),
  );
}

function readJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // An input that is no JSON was refused, with a reason.
    return undefined;
  }
}
