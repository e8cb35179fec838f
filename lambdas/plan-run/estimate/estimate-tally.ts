import type { MediaKind } from '../../shared/domain/media/media.ts';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import { answerTokens, mediaTokens, type TokenRules, textTokens } from '../../shared/domain/model/tokens.ts';
import type { AskedRecord } from './estimate-record.ts';
import type { SampledMedia } from './estimate-sample.ts';

/** A number to expect, and the most that it can be. */
export interface Expected {
  expected: number;
  most: number;
}

/** Records that cost by the same rule: one analysis of one kind of media. */
export interface Stratum {
  analysis: string;
  kind?: MediaKind;
  records: number;
  /** Of the text, and of media of prebuilt records. */
  inputTokens: Expected;
  outputTokens: Expected;
}

/** Names a stratum. */
export function stratumOf(analysis: string, { kind }: AskedRecord): string {
  return `${kind ?? ''}\n${analysis}`;
}

/** A stratum without records. */
export function emptyStratum(analysis: string, { kind }: AskedRecord): Stratum {
  const nothing = () => ({ expected: 0, most: 0 });
  return { analysis, kind, records: 0, inputTokens: nothing(), outputTokens: nothing() };
}

/** Adds a record; its media are added by `mediaOf` when they are known. */
export function addRecord(stratum: Stratum, asked: AskedRecord, rules: TokenRules): void {
  const unknown = asked.unknownMedia.reduce((sum, kind) => sum + mediaTokens(kind, {}, rules), 0);
  const text = textTokens(asked.textBytes);
  stratum.records += 1;
  add(stratum.inputTokens, { expected: text.expected + unknown, most: text.most + unknown });
  add(stratum.outputTokens, answerTokens(asked.maxTokens));
}

/** Adds to a sum. */
export function add(sum: Expected, { expected, most }: Expected): void {
  sum.expected += expected;
  sum.most += most;
}

/** Standard errors that the mean of a sample may be wrong by: further off is one estimate of 700. */
const standardErrors = 3;

/** Of fewer media chance can have made anything. */
const leastSampled = 30;

/**
 * Tokens of the media of a stratum, from those that were looked into: their sum where these are all, else their mean for each
 * record, and at most what chance may have made of it. Where none was looked into, each counts as the longest.
 */
export function mediaOf(
  stratum: Pick<Stratum, 'kind' | 'records'>,
  name: string,
  sample: readonly (SampledMedia & { header: MediaHeader })[],
  rules: TokenRules,
): Expected {
  const { kind, records } = stratum;
  if (kind === undefined) return { expected: 0, most: 0 };
  const looked = sample.flatMap(({ asked: strata, header }) => {
    const times = strata.get(name);
    return times === undefined ? [] : { times, tokens: mediaTokens(kind, header, rules) };
  });
  const asked = looked.reduce((count, { times }) => count + times, 0);
  const sum = looked.reduce((all, { times, tokens }) => all + times * tokens, 0);
  if (asked === records) return { expected: sum, most: sum };
  const longest = mediaTokens(kind, {}, rules);
  if (asked === 0) return { expected: records * longest, most: records * longest };
  const mean = sum / asked;
  // All records of one media are off together.
  const error = Math.hypot(...looked.map(({ times, tokens }) => times * (tokens - mean))) / asked;
  const most = looked.length < leastSampled ? longest : Math.min(longest, mean + standardErrors * error);
  return { expected: Math.round(records * mean), most: Math.ceil(records * most) };
}
