import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import { costOf, type KnownPrice } from '../../shared/domain/model/cost.ts';
import type { Model } from '../../shared/domain/model/models.ts';
import type { Estimate } from '../../shared/domain/plan/estimate.ts';
import { type Attempt, type PlannedRecord, parsePlannedRecord } from '../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import { paddingRecord } from '../../shared/domain/record/record.ts';
import { oncePerKind } from '../../shared/domain/record/record-lines.ts';
import { type InspectDependencies, inspectMedia } from '../inspect/inspect-media.ts';
import { askedBy } from './estimate-record.ts';
import { mediaSample } from './estimate-sample.ts';
import { add, addRecord, type Expected, emptyStratum, mediaOf, type Stratum, stratumOf } from './estimate-tally.ts';

/** Media that are looked into; of more, as many stand for all. */
const maxSampled = 2000;

/** What an estimate needs. */
export interface EstimateContext {
  store: Pick<MediaStore, 'readLines'>;
  inspect: InspectDependencies;
  analyses: readonly Analysis[];
  model: Pick<Model, 'tokens' | 'maxOutputTokens'>;
  price: KnownPrice;
}

/** Estimates the cost of a planned attempt. Reads its list of records once, and keeps little of it in memory. */
export async function estimateAttempt(attempt: Attempt, context: EstimateContext): Promise<Estimate> {
  const { model, price } = context;
  const { strata, sample } = await askedIn(attempt, context);
  const media = sample.media();
  const headers = await inspectMedia(media, context.inspect);
  const known = media.map((each, at) => ({ ...each, header: headers[at] ?? {} }));
  const unpriced = { input: { expected: 0, most: 0 }, output: { expected: 0, most: 0 } };
  const byAnalysis = new Map<string, { records: number; input: Expected; output: Expected }>();
  for (const [name, stratum] of strata) {
    const sum = byAnalysis.get(stratum.analysis) ?? { records: 0, ...structuredClone(unpriced) };
    byAnalysis.set(stratum.analysis, sum);
    sum.records += stratum.records;
    add(sum.input, stratum.inputTokens);
    add(sum.input, mediaOf(stratum, name, known, model.tokens));
    add(sum.output, stratum.outputTokens);
  }
  const all = { records: attempt.records, ...unpriced };
  for (const { input, output } of byAnalysis.values()) {
    add(all.input, input);
    add(all.output, output);
  }
  const padding = paddingOf(attempt, context);
  const { staging, jobs, layout, layoutReason, jobsAtOnce: atOnce, longestHours } = attempt;
  const own = priced(all, price);
  const withAll = (usd: number | 'unknown') =>
    usd === 'unknown' || padding.usd === 'unknown' ? 'unknown' : usd + padding.usd + staging.usd;
  return {
    price,
    media: { total: sample.total(), lookedAt: media.length, unknown: headers.filter(isUnknown).length },
    ...own,
    byAnalysis: Object.fromEntries([...byAnalysis].map(([name, sum]) => [name, priced(sum, price)])),
    padding,
    staging,
    totalUsd: withAll(own.batchUsd),
    atMostUsd: withAll(usdOf(price, all.input.most, all.output.most).batchUsd),
    jobs: { count: jobs.length, layout, layoutReason, atOnce, longestHours },
  };
}

async function askedIn({ recordsKey }: Attempt, { store, analyses, model }: EstimateContext) {
  const byName = new Map(analyses.map((analysis) => [analysis.name, analysis]));
  const strata = new Map<string, Stratum>();
  const sample = mediaSample(maxSampled);
  const askedByKind = oncePerKind((record: PlannedRecord, analysis) =>
    askedBy(record, analysis, model.maxOutputTokens),
  );
  for await (const line of store.readLines(recordsKey)) {
    const record = parsePlannedRecord(line);
    const analysis = byName.get(record.analysis);
    const isItsOwn = analysis === undefined || record.prebuilt !== undefined;
    const asked = isItsOwn ? askedBy(record, analysis, model.maxOutputTokens) : askedByKind(record, analysis);
    const name = stratumOf(record.analysis, asked);
    const stratum = strata.get(name) ?? emptyStratum(record.analysis, asked);
    strata.set(name, stratum);
    addRecord(stratum, asked, model.tokens);
    if (asked.kind !== undefined) sample.ask(record, name);
  }
  return { strata, sample };
}

function isUnknown(header: MediaHeader | undefined): boolean {
  return header?.seconds === undefined && header?.pixels === undefined;
}

function paddingOf({ jobs }: Attempt, { price, model }: EstimateContext): Estimate['padding'] {
  const records = jobs.reduce((sum, { paddingRecords }) => sum + paddingRecords, 0);
  const { modelInput } = paddingRecord('', 1, 'Converse');
  const asked = { unknownMedia: [], maxTokens: modelInput.inferenceConfig.maxTokens ?? 1, textBytes: 0 };
  const one = emptyStratum('', asked);
  addRecord(one, { ...asked, textBytes: Buffer.byteLength(JSON.stringify(modelInput.messages)) }, model.tokens);
  const usd = usdOf(price, records * one.inputTokens.most, records * one.outputTokens.most).batchUsd;
  return { records, usd: records === 0 ? 0 : usd };
}

function priced({ records, input, output }: { records: number; input: Expected; output: Expected }, price: KnownPrice) {
  const [inputTokens, outputTokens] = [input.expected, output.expected];
  return { records, inputTokens, outputTokens, ...usdOf(price, inputTokens, outputTokens) };
}

function usdOf(price: KnownPrice, inputTokens: number, outputTokens: number) {
  return costOf({ price }, { inputTokens, outputTokens }) ?? ({ batchUsd: 'unknown', onDemandUsd: 'unknown' } as const);
}
