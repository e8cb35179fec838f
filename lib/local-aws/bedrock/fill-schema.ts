import { z } from 'zod';
import type { MediaFacts } from './media.ts';

/** The part of JSON Schema that prompts use; inner schemas are parsed when they are filled. */
export const jsonSchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).default([]),
  anyOf: z.array(z.unknown()).default([]),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  minItems: z.number().default(1),
  maxItems: z.number().default(Number.POSITIVE_INFINITY),
  minLength: z.number().default(0),
  maxLength: z.number().optional(),
  minimum: z.number().default(Number.NEGATIVE_INFINITY),
  exclusiveMinimum: z.number().default(Number.NEGATIVE_INFINITY),
  maximum: z.number().default(Number.POSITIVE_INFINITY),
});

const anything = jsonSchema.parse({});

/** Makes an instance of a schema: all properties, texts of `sentence`, and numbers that are true of the media. */
export function fillSchema(root: unknown, sentence: string, media: MediaFacts | undefined): unknown {
  /** @param start, end the seconds of the clip that this part is about */
  function fill(part: unknown, name: string, start: number, end: number): unknown {
    const { data: schema = anything } = jsonSchema.safeParse(part);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum.length > 0) return schema.enum[0];
    if (schema.anyOf.length > 0) return fill(schema.anyOf[0], name, start, end);
    const [type] = [schema.type].flat();
    if (type === 'object') {
      const missing = Object.fromEntries(schema.required.map((key) => [key, {}]));
      const properties = Object.entries({ ...missing, ...schema.properties });
      return Object.fromEntries(properties.map(([key, property]) => [key, fill(property, key, start, end)]));
    }
    if (type === 'array') {
      const length = Math.min(schema.minItems, schema.maxItems);
      const each = (end - start) / length;
      return Array.from({ length }, (_, n) => fill(schema.items, name, start + n * each, start + (n + 1) * each));
    }
    if (type === 'number' || type === 'integer') {
      const value = numberNamed(name, start, end);
      const rounded = type === 'integer' ? Math.floor(value) : Math.round(value * 1000) / 1000;
      const within = Math.max(schema.minimum, Math.min(schema.maximum, rounded));
      return within > schema.exclusiveMinimum ? within : schema.exclusiveMinimum + 1;
    }
    if (type === 'boolean') return false;
    if (type === 'null') return null;
    return sentence.slice(0, schema.maxLength).padEnd(schema.minLength, '.');
  }

  function numberNamed(name: string, start: number, end: number): number {
    if (/width/i.test(name)) return media?.width ?? 0;
    if (/height/i.test(name)) return media?.height ?? 0;
    if (/^(start|first)|Start|_start/.test(name)) return start;
    if (/^(end|last)|End|_end/.test(name)) return end;
    if (/duration|length|seconds?$/i.test(name)) return end - start;
    return /time/i.test(name) ? start : 0;
  }

  return fill(root, '', 0, media?.seconds ?? 0);
}
