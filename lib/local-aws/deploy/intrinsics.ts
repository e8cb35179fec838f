import { z } from 'zod';

/** What the references of a template stand for. */
export interface Scope {
  /** Undefined for `AWS::NoValue`. */
  ref(name: string): Promise<unknown>;
  attribute(logicalId: string, name: string): Promise<unknown>;
}

const textSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const joinSchema = z.tuple([z.string(), z.array(textSchema)]);
const selectSchema = z.tuple([z.coerce.number(), z.array(z.unknown())]);
const pairSchema = z.tuple([z.string(), z.string()]);

/** The intrinsic functions that our template uses; all but the first three get their arguments resolved. */
const functions: Record<string, (argument: unknown, scope: Scope) => unknown> = {
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
  async 'Fn::Join'(argument, scope) {
    const [separator, parts] = joinSchema.parse(await resolve(argument, scope));
    return parts.join(separator);
  },
  async 'Fn::Select'(argument, scope) {
    const [index, list] = selectSchema.parse(await resolve(argument, scope));
    return list[index];
  },
  async 'Fn::Split'(argument, scope) {
    const [separator, text] = pairSchema.parse(await resolve(argument, scope));
    return text.split(separator);
  },
};

/**
 * A value of a template with its intrinsic functions carried out.
 *
 * @throws when it uses one that the local AWS does not know
 */
export async function resolve(value: unknown, scope: Scope): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) {
    const [name = '', argument] = Object.entries(value)[0] ?? [];
    if (functions[name]) return functions[name](argument, scope);
    if (name.startsWith('Fn::')) {
      throw new Error(`The template uses ${name}, expected one of ${Object.keys(functions).join(', ')}.`);
    }
  }
  const resolved: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) resolved.push([key, await resolve(inner, scope)]);
  const present = resolved.filter(([, inner]) => inner !== undefined);
  return Array.isArray(value) ? present.map(([, inner]) => inner) : Object.fromEntries(present);
}
