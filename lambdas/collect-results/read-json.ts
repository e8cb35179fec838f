import { jsonrepair } from 'jsonrepair';
import type { Analysis } from '../shared/domain/analysis/analysis.ts';
import { type CheckAnswer, compileAnswerSchema } from '../shared/domain/analysis/answer-schema.ts';
import { messageOf } from '../shared/domain/errors/errors.ts';
import type { AnswerCounts } from '../shared/domain/job/collected.ts';
import { outOfTime, timeLimiter } from '../shared/text/time-limiter.ts';
import { brokenPieces, isDeeper, jsonPieces } from './find-json.ts';

/** The JSON of an answer whose analysis has a schema. */
export interface AnswerJson {
  json?: unknown;
  /** The JSON was broken, and this is a repair. */
  repaired?: true;
  /** Why the answer does not match the schema, at most 20; also that there is no JSON at all. */
  schemaErrors?: string[];
}

/** Reads the JSON of an answer. */
export type ReadJson = (text: string) => AnswerJson;

/** Longer than any answer: 64,000 tokens are about 256,000 characters. */
const maxCharactersToRepair = 1_000_000;

/** A text this short is repaired quickly, so it needs no time limit. */
const shortText = 2_000;

/** A longer text can take hours: 180,000 characters of nested quotes took ten seconds. */
const repairLimits = { oneMs: 1_000, allMs: 60_000 };

/** Deeper JSON may exhaust the stack when it is written or checked. */
const maxDepth = 200;

/** How JSON begins. Most prose does not, and this test is quicker than a failed parse. */
const beginsLikeJson = /^\s*[{["\-\dtfn]/;

/** A piece of an answer that is JSON. */
interface FoundJson {
  json: unknown;
  /** Characters of the piece. */
  length: number;
  repaired?: true;
}

/** Reads answers to analyses with a schema, and counts repaired and invalid ones. */
export function jsonReaders(analyses: ReadonlyMap<string, Pick<Analysis, 'schema'>>) {
  const readers = new Map<string, ReadJson>();
  for (const [name, { schema }] of analyses) if (schema !== undefined) readers.set(name, jsonReaderOf(schema));
  const counts: AnswerCounts = { repaired: 0, invalid: 0 };
  return {
    /** The JSON of an answer; undefined where its analysis has no schema. */
    read(analysis: string, text: string): AnswerJson | undefined {
      const read = readers.get(analysis)?.(text);
      if (read?.repaired) counts.repaired += 1;
      if (read?.schemaErrors !== undefined) counts.invalid += 1;
      return read;
    },
    /** Undefined where no analysis has a schema. */
    counts: (): AnswerCounts | undefined => (readers.size === 0 ? undefined : counts),
  };
}

function jsonReaderOf(schema: NonNullable<Analysis['schema']>): ReadJson {
  try {
    return jsonReader(compileAnswerSchema(schema));
  } catch (error) {
    // The answers are paid for, so a schema that cannot be compiled must not lose them.
    return jsonReader(() => [`The answer was not checked: its schema cannot be used (${messageOf(error)}).`]);
  }
}

/**
 * Reads answers to one schema: JSON as it is, inside code fences or prose, or else repaired. It takes the longest piece
 * that matches, else the longest; of repairs the first that matches. It never throws.
 */
export function jsonReader(check: CheckAnswer): ReadJson {
  const withinTime = timeLimiter(repairLimits);

  return (text) => {
    let longest: (FoundJson & { schemaErrors: string[] }) | undefined;
    for (const found of foundIn(text)) {
      const schemaErrors = errorsOf(found.json);
      if (schemaErrors.length === 0) return answerOf(found);
      if (longest === undefined || found.length > longest.length) longest = { ...found, schemaErrors };
    }
    return longest === undefined ? { schemaErrors: [noJsonSentence(text)] } : answerOf(longest);
  };

  function* foundIn(text: string): Generator<FoundJson> {
    const whole: FoundJson[] = [];
    const broken: string[] = [];
    for (const piece of jsonPieces(text)) {
      const json = parsed(piece);
      if (json !== undefined) whole.push({ json, length: piece.length });
      else if (/^\s*[{[]/.test(piece)) broken.push(piece);
      // Every other piece of the text is a part of this one.
      if (json !== undefined && piece.length === text.length) break;
    }
    // A `[1]` in the prose may match too, where the schema names no type.
    yield* whole.sort((one, other) => other.length - one.length);
    if (text.length > maxCharactersToRepair) return;
    const longest = whole[0]?.length ?? 0;
    for (const piece of new Set([...brokenPieces(text), ...broken])) {
      // A piece that is not longer is part of the one that was found whole.
      const json = piece.length > longest ? parsed(repaired(piece)) : undefined;
      if (json !== undefined) yield { json, length: piece.length, repaired: true };
    }
  }

  /** Repairs broken JSON; empty where the library gives up or exhausts the stack. */
  function repaired(piece: string): string {
    try {
      const text = piece.length <= shortText ? jsonrepair(piece) : withinTime(() => jsonrepair(piece));
      return text === outOfTime ? '' : text;
    } catch {
      return '';
    }
  }

  function errorsOf(json: unknown): string[] {
    try {
      return check(json);
    } catch (error) {
      return [`The answer could not be checked (${messageOf(error)}).`];
    }
  }
}

function answerOf({ json, repaired, schemaErrors }: FoundJson & Pick<AnswerJson, 'schemaErrors'>): AnswerJson {
  return { json, ...(repaired && { repaired }), ...(schemaErrors && { schemaErrors }) };
}

/** Parses JSON; undefined where it is invalid or nested too deep. */
function parsed(text: string): unknown {
  if (!beginsLikeJson.test(text)) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return isDeeper(text, maxDepth) ? undefined : json;
  } catch {
    return undefined;
  }
}

function noJsonSentence({ length }: string): string {
  const why =
    length > maxCharactersToRepair
      ? `it is broken, and of ${length} characters at most ${maxCharactersToRepair} are repaired`
      : `it has none, or is nested deeper than ${maxDepth} levels`;
  return `The answer has no JSON that can be read: ${why}.`;
}
