import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { outOfTime, timeLimiter } from '../../text/time-limiter.ts';
import { truncateText } from '../../text/truncate.ts';
import { messageOf, RequestRefused } from '../errors/errors.ts';
import type { Analysis } from './analysis.ts';

type AnswerSchema = NonNullable<Analysis['schema']>;

/** Says what is wrong with an answer's JSON, each in a sentence; nothing where it matches. */
export type CheckAnswer = (json: unknown) => string[];

/** Sentences about one answer, and characters of each. */
const maxSentences = 20;
const maxSentenceLength = 300;

/** Of a larger answer only the first mismatch is told: collecting all of a list of a million takes gigabytes. */
const maxCharactersForAll = 200_000;

/**
 * Keywords whose check can take far longer than the answer is long: a regular expression that backtracks, pairs of items, a
 * schema that refers to itself. Answers to a schema with one of them are checked under a time limit.
 */
const slowKeyword = /"(?:pattern|patternProperties|format|uniqueItems|\$ref|\$dynamicRef)":/;

/** A minute in all, out of a turn of fifteen: a schema that is slow with every answer costs that once a turn. */
const timeLimits = { oneMs: 500, allMs: 60_000 };

/** Draft 2020-12 unless `$schema` says draft-07; what others have added to a schema is let pass, as the drafts want it. */
const dialects = {
  'https://json-schema.org/draft/2020-12/schema': Ajv2020,
  'http://json-schema.org/draft-07/schema': Ajv,
};

const options: Options = {
  strict: false,
  logger: false,
  // An answer without "constructor" does not have the one of every object.
  ownProperties: true,
};

/**
 * Compiles a JSON Schema for answers, once for all of them. That it is one was seen in the plan.
 *
 * @throws Error when it cannot be compiled, or is one of a draft that is not known; the message says why
 */
export function compileAnswerSchema(schema: AnswerSchema): CheckAnswer {
  const first = compile(schema, { validateSchema: false });
  // Few answers are wrong, so the second is seldom needed.
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
  `The answer was not checked to its end: answers to this schema took longer than ${timeLimits.oneMs} ms, as a "pattern" ` +
  'with nested repetition does.';

/**
 * Refuses an analysis whose schema no answer could be checked with, before anything is paid for.
 *
 * @throws {RequestRefused}
 */
export function refuseBrokenSchema({ name, schema }: Pick<Analysis, 'name' | 'schema'>): void {
  if (schema === undefined) return;
  try {
    compile(schema, {});
  } catch (error) {
    throw new RequestRefused(
      `The schema of analysis ${JSON.stringify(name)} cannot be used (${truncateText(messageOf(error), maxSentenceLength)}); expected a ` +
        'JSON Schema of draft 2020-12, or of draft-07 where "$schema" says so: correct it or leave it out.',
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
