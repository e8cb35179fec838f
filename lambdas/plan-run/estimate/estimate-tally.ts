import type { MediaKind } from '../../shared/domain/media/media.ts';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import { answerTokens, mediaTokens, type TokenRules, textTokens } from '../../shared/domain/model/tokens.ts';
import type { AskedRecord } from './estimate-record.ts';
import type { SampledMedia } from './estimate-sample.ts';

/** An expected number, and the most that it can be. */
export interface Expected {
  expected: number;
  most: number;
}

/** Records that cost by the same rule: one analysis of one kind of media. */
export interface Stratum {
  analysis: string;
  kind?: MediaKind;
  records: number;
  /** Tokens of the text, and of media of prebuilt records. */
  inputTokens: Expected;
  outputTokens: Expected;
}

/** Returns the name of a stratum. */
export function stratumOf(analysis: string, { kind }: AskedRecord): string {
  return `${kind ?? ''}\n${analysis}`;
}

/** Makes a stratum without records. */
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

/** Standard errors by which the mean of a sample may be wrong; one estimate of 700 is further off. */
const standardErrors = 3;

/** With fewer media, chance decides too much. */
const leastSampled = 30;

/**
 * Returns the tokens of a stratum's media, from those whose headers were read: their sum where these are all, else
 * their mean per record with a bound for chance. Where none was read, each counts as the longest.
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
  // All records of one media are wrong together.
  const error = Math.hypot(...looked.map(({ times, tokens }) => times * (tokens - mean))) / asked;
  const most = looked.length < leastSampled ? longest : Math.min(longest, mean + standardErrors * error);
  return { expected: Math.round(records * mean), most: Math.ceil(records * most) };
}
