import { hash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Clock } from '../clock.ts';
import { reasonOf } from '../reason.ts';
import { TaskError } from './task-error.ts';

/** Evaluates a value of a definition, where strings at any depth may be expressions; `field` is its place. */
export type Evaluate = (template: unknown, field: string, variables: Record<string, unknown>) => Promise<unknown>;

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}');
}

/** @throws what JSONata 2.0.6, the version of the service, refuses */
export function compileExpression(text: string): jsonata.Expression {
  return jsonata(text.slice(2, -2));
}

/**
 * JSONata as in Step Functions: with its own functions except `$random`, without `$eval`; an undefined result is an
 * error. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function createEvaluate(clock: Pick<Clock, 'now'>): Evaluate {
  const compiled = new Map<string, jsonata.Expression>();
  const fromMillis = jsonata('$fromMillis($millis, $picture, $zone)');
  const now = (picture?: string, zone?: string) => fromMillis.evaluate({}, { millis: clock.now(), picture, zone });

  function compile(text: string): jsonata.Expression {
    const expression = compileExpression(text);
    expression.registerFunction('partition', partition, '<an:a>');
    expression.registerFunction('range', range, '<nnn:a>');
    expression.registerFunction('hash', (text: string, algorithm: string) => hash(algorithm, text), '<ss:s>');
    expression.registerFunction('parse', (json: string) => JSON.parse(json), '<s:x>');
    expression.registerFunction('millis', clock.now, '<:n>');
    expression.registerFunction('now', now, '<s?s?:s>');
    for (const name of ['eval', 'random']) expression.assign(name, undefined);
    compiled.set(text, expression);
    return expression;
  }

  const evaluate: Evaluate = async (template, field, variables) => {
    if (isExpression(template)) {
      try {
        const expression = compiled.get(template) ?? compile(template);
        return toJson(await expression.evaluate(undefined, variables));
      } catch (thrown) {
        const place = `The JSONata expression '${template}' specified for the field '${field}'`;
        throw new TaskError('States.QueryEvaluationError', `${place} ${reasonOf(thrown)}.`);
      }
    }
    if (Array.isArray(template)) {
      return Promise.all(template.map((item, index) => evaluate(item, `${field}[${index}]`, variables)));
    }
    if (typeof template !== 'object' || template === null) return template;
    const values = Object.entries(template).map(async ([name, value]) => {
      return [name, await evaluate(value, `${field}/${name}`, variables)];
    });
    return Object.fromEntries(await Promise.all(values));
  };
  return evaluate;
}

/** A copy without the properties that JSONata adds to arrays. */
function toJson(result: unknown): unknown {
  if (result === undefined) throw new Error('returned nothing (undefined)');
  const json = JSON.stringify(result, (_name, value) => {
    const isFunction = typeof value === 'function' || value?._jsonata_function || value?._jsonata_lambda;
    const isInfinite = typeof value === 'number' && !Number.isFinite(value);
    if (isFunction || isInfinite) throw new Error('returned what JSON cannot hold');
    return value;
  });
  return JSON.parse(json);
}

function partition(items: unknown[], size: number): unknown[][] {
  const part = (_: unknown, index: number) => items.slice(index * size, (index + 1) * size);
  return Array.from({ length: Math.ceil(items.length / size) }, part);
}

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}
