import { z } from 'zod';

/** A condition key that the local AWS gives; a policy with another one is refused, because nothing could be said of it. */
const conditionKey = z.enum([
  'aws:ResourceAccount',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
  'events:detail-type',
  'events:source',
  'iam:PassedToService',
]);
const list = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const operator = z.enum(['ArnEquals', 'ArnLike', 'Bool', 'StringEquals']);

// As much of the language as our template has; anything else in a policy is refused, and not ignored.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: list,
  Resource: list.default(['*']),
  Principal: z.union([z.string(), z.record(z.string(), list)]).optional(),
  Condition: z.partialRecord(operator, z.partialRecord(conditionKey, list)).default({}),
});

/** One statement of a policy. */
export type Statement = z.infer<typeof statementSchema>;

/** The statements of a policy document; one with anything that the local AWS cannot judge is no such document. */
export const policySchema = z
  .strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statementSchema) })
  .transform((document): Statement[] => document.Statement);

/** What is known of a call beside its action and resource. */
export type Context = Partial<Record<z.infer<typeof conditionKey>, string>>;

/** One action on one resource pattern, as a policy grants it. */
export interface Grant {
  action: string;
  resource: string;
}

/** A statement says something of a call: its action, its resource and all of its conditions match. */
export function grantOf(statement: Statement, action: string, resource: string, context: Context): Grant | undefined {
  const grantedAction = statement.Action.find((pattern) => isLike(pattern.toLowerCase(), action.toLowerCase()));
  if (grantedAction === undefined) return undefined;
  const grantedResource = statement.Resource.find((pattern) => isArnLike(pattern, resource));
  if (grantedResource === undefined || !holds(statement, context)) return undefined;
  return { action: grantedAction, resource: grantedResource };
}

/** Whether a resource policy or a trust policy speaks of this principal: everybody (`*`), an ARN or a service. */
export function isFor({ Principal }: Statement, principal: string): boolean {
  const named = typeof Principal === 'object' ? Object.values(Principal).flat() : [Principal];
  return named.includes('*') || named.includes(principal);
}

function holds({ Condition }: Statement, context: Context): boolean {
  return Object.entries(Condition).every(([name, expected]) =>
    Object.entries(expected).every(([key, values]) => {
      const { data } = conditionKey.safeParse(key);
      const actual = data && context[data];
      const test = name.startsWith('Arn') ? isArnLike : Object.is;
      // A key that the call does not have matches nothing.
      return actual !== undefined && values.some((value) => test(value, actual));
    }),
  );
}

/** Every call asks them all again. */
const expressions = new Map<string, RegExp>();

/** `*` stands for any text and `?` for one character. */
function isLike(pattern: string, text: string): boolean {
  const known = expressions.get(pattern);
  if (known) return known.test(text);
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  expressions.set(pattern, new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's'));
  return isLike(pattern, text);
}

/** No wildcard reaches over a colon, but for the last of the six parts: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function isArnLike(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [patterns, parts] = [pattern, arn].map((text) => /^(.*?):(.*?):(.*?):(.*?):(.*?):(.*)$/s.exec(text) ?? []);
  return (patterns?.length ?? 0) > 0 && [1, 2, 3, 4, 5, 6].every((n) => isLike(patterns?.[n] ?? '', parts?.[n] ?? ''));
}
