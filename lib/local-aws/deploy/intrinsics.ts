import { z } from 'zod';

/** What the references of a template resolve to. */
export interface Scope {
  ref(name: string): Promise<unknown>;
  attribute(logicalId: string, name: string): Promise<unknown>;
}

const textSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const pairSchema = z.tuple([z.string(), z.string()]);

/** The intrinsic functions that our template uses: those that refer to something… */
const references: Record<string, (argument: unknown, scope: Scope) => Promise<unknown>> = {
  Ref: (argument, scope) => scope.ref(z.string().parse(argument)),
  'Fn::GetAtt': (argument, scope) => scope.attribute(...pairSchema.parse(argument)),
  async 'Fn::Sub'(argument, scope) {
    const pieces = z
      .string()
      .parse(argument)
      .split(/\$\{([^}]+)\}/);
    let text = '';
    for (const [index, piece] of pieces.entries()) text += index % 2 === 0 ? piece : await scope.ref(piece);
    return text;
  },
};
/** …and those that turn their resolved arguments into something. */
const conversions: Record<string, z.ZodType> = {
  'Fn::Join': z.tuple([z.string(), z.array(textSchema)]).transform(([separator, parts]) => parts.join(separator)),
  'Fn::Select': z.tuple([z.coerce.number(), z.array(z.unknown())]).transform(([index, list]) => list[index]),
  'Fn::Split': pairSchema.transform(([separator, text]) => text.split(separator)),
};

/**
 * Resolves the intrinsic functions in a value of a template.
 *
 * @throws for one that is not simulated
 */
export async function resolve(value: unknown, scope: Scope): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) {
    const [name = '', argument] = Object.entries(value)[0] ?? [];
    if (references[name]) return references[name](argument, scope);
    if (conversions[name]) return conversions[name].parse(await resolve(argument, scope));
    if (name.startsWith('Fn::')) {
      const known = Object.keys({ ...references, ...conversions });
      throw new Error(`The local AWS does not simulate ${name}: use one of ${known.join(', ')}.`);
    }
  }
  const resolved: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) resolved.push([key, await resolve(inner, scope)]);
  return Array.isArray(value) ? resolved.map(([, inner]) => inner) : Object.fromEntries(resolved);
}
