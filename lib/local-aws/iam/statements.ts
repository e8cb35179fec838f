import { z } from 'zod';

/** The condition keys that are simulated; a policy with another one is refused. */
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

// The part of the language that our template uses; anything else in a policy is refused, not ignored.
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

/** The statements of a policy document. A document that cannot be judged here is invalid. */
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

/** The grant of a statement for a call, if its action, its resource and all of its conditions match. */
export function grantOf(statement: Statement, action: string, resource: string, context: Context): Grant | undefined {
  const grantedAction = statement.Action.find((pattern) => isLike(pattern.toLowerCase(), action.toLowerCase()));
  if (grantedAction === undefined) return undefined;
  const grantedResource = statement.Resource.find((pattern) => isArnLike(pattern, resource));
  if (grantedResource === undefined || !holds(statement, context)) return undefined;
  return { action: grantedAction, resource: grantedResource };
}

/** Whether a resource policy or a trust policy names this principal: `*`, an ARN or a service. */
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

/** Every call tests them all again. */
const expressions = new Map<string, RegExp>();

/** `*` matches any text and `?` one character. */
function isLike(pattern: string, text: string): boolean {
  const known = expressions.get(pattern);
  if (known) return known.test(text);
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  expressions.set(pattern, new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's'));
  return isLike(pattern, text);
}

/**
 * No wildcard matches a colon, except in the last of the six parts:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
function isArnLike(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [patterns, parts] = [pattern, arn].map((text) => /^(.*?):(.*?):(.*?):(.*?):(.*?):(.*)$/s.exec(text) ?? []);
  return (patterns?.length ?? 0) > 0 && [1, 2, 3, 4, 5, 6].every((n) => isLike(patterns?.[n] ?? '', parts?.[n] ?? ''));
}
