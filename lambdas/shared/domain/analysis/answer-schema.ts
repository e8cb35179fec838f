import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { truncateText } from '../../text/plain-text.ts';
import { outOfTime, timeLimiter } from '../../text/time-limiter.ts';
import { messageOf, RequestRefused } from '../errors/errors.ts';
import type { Analysis } from './analysis.ts';

type AnswerSchema = NonNullable<Analysis['schema']>;

/** Returns what is wrong with the JSON of an answer, in sentences; none if it matches. */
export type CheckAnswer = (json: unknown) => string[];

/** The most sentences about an answer, and characters of a sentence. */
const maxSentences = 20;
const maxSentenceLength = 300;

/** For a larger answer only the first mismatch is reported: all mismatches of a million items take gigabytes. */
const maxCharactersForAll = 200_000;

/**
 * Keywords (backtracking, pairs, recursion) that may check far longer than an answer is long; they get a time limit.
 */
const slowKeyword = /"(?:pattern|patternProperties|format|uniqueItems|\$ref|\$dynamicRef)":/;

/** A minute in all, of the 15 of an invocation, so that a schema that is always slow costs no more. */
const timeLimits = { oneMs: 500, allMs: 60_000 };

/** Draft 2020-12, or draft-07 if `$schema` says so; unknown keywords are allowed, as the drafts demand. */
const dialects = {
  'https://json-schema.org/draft/2020-12/schema': Ajv2020,
  'http://json-schema.org/draft-07/schema': Ajv,
};

const options: Options = {
  strict: false,
  logger: false,
  // Otherwise an answer without "constructor" would seem to have the inherited one.
  ownProperties: true,
};

/**
 * Compiles a JSON Schema once for all answers. The plan has checked that it is valid.
 *
 * @throws Error if it cannot be compiled or its draft is unknown; the message says why
 */
export function compileAnswerSchema(schema: AnswerSchema): CheckAnswer {
  const first = compile(schema, { validateSchema: false });
  // Compiled on demand, because few answers are wrong.
  let all: typeof first | undefined;
  const withinTime = slowKeyword.test(JSON.stringify(schema))
    ? timeLimiter(timeLimits)
    : (work: () => string[]) => work();

  return (json) => {
    const sentences = withinTime(() => {
      if (first(json)) return [];
      if (JSON.stringify(json).length > maxCharactersForAll) return sentencesOf(first.errors);
      all ??= compile(schema, { allErrors: true, validateSchema: false });
      all(json);
      return sentencesOf(all.errors);
    });
    return sentences === outOfTime ? [slowSentence] : sentences;
  };
}

const slowSentence =
  `The answer was not fully checked: answers to this schema take longer than ${timeLimits.oneMs} ms, as a "pattern" ` +
  'with nested repetition does.';

/**
 * Refuses an analysis whose schema cannot check any answer, before it costs anything.
 *
 * @throws {RequestRefused}
 */
export function refuseBrokenSchema({ name, schema }: Pick<Analysis, 'name' | 'schema'>): void {
  if (schema === undefined) return;
  try {
    compile(schema, {});
  } catch (error) {
    throw new RequestRefused(
      `The schema of analysis ${JSON.stringify(name)} cannot be used (${truncateText(messageOf(error), maxSentenceLength)}); ` +
        'expected a JSON Schema of draft 2020-12, or of draft-07 if "$schema" says so: correct or remove it.',
      { cause: error },
    );
  }
}

function compile(schema: AnswerSchema, more: Options) {
  const { $schema = 'https://json-schema.org/draft/2020-12/schema', ...rest } = schema;
  const dialect = Object.entries(dialects).find(([uri]) => uri === String($schema).replace(/#$/, ''));
  if (dialect === undefined) throw new TypeError(`unknown "$schema" ${JSON.stringify($schema)}`);
  if (rest.$async !== undefined) throw new TypeError('"$async" is no keyword of JSON Schema');
  const [, Dialect] = dialect;
  const ajv = new Dialect({ ...options, ...more });
  addFormats.default(ajv);
  return ajv.compile<unknown>(rest);
}

function sentencesOf(errors: readonly ErrorObject[] | null | undefined): string[] {
  const sentences = new Set<string>();
  for (const error of errors ?? []) {
    if (sentences.size === maxSentences) break;
    sentences.add(truncateText(sentenceOf(error), maxSentenceLength));
  }
  return [...sentences];
}

function sentenceOf({ instancePath, message = 'is not valid', params }: ErrorObject): string {
  const where = instancePath === '' ? 'The answer' : truncateText(instancePath, maxSentenceLength / 2);
  const more = params.additionalProperty ?? params.allowedValues ?? params.allowedValue;
  return `${where} ${message}${more === undefined ? '' : ` (${JSON.stringify(more)})`}.`;
}
