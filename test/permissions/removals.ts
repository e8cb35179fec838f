import { z } from 'zod';
import type { PermissionUse } from '../support/permission-use.ts';

const listSchema = z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]);
const statementSchema = z.looseObject({ Action: listSchema, Resource: listSchema });
const policySchema = z.looseObject({
  PolicyDocument: z.looseObject({ Statement: z.array(statementSchema) }),
  Roles: z.array(z.object({ Ref: z.string() })),
});
const templateSchema = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.unknown().optional() })),
});

/** One action of one statement, taken out of a template. */
export interface Removal {
  name: string;
  /** The template without it, as JSON. */
  template: string;
  /** The files of the tests that have used it, the quickest first. */
  testFiles: string[];
}

/** Every action of every statement that some test has used, each with the template that lacks just this one. */
export function removalsOf(templateJson: string, uses: readonly PermissionUse[]): Removal[] {
  const removals: Removal[] = [];
  for (const [policyId, { Type }] of Object.entries(templateSchema.parse(JSON.parse(templateJson)).Resources)) {
    if (Type !== 'AWS::IAM::Policy') continue;
    const policyOf = (template: z.infer<typeof templateSchema>) =>
      policySchema.parse(template.Resources[policyId]?.Properties);
    const { PolicyDocument, Roles } = policyOf(templateSchema.parse(JSON.parse(templateJson)));
    for (const [index, { Action, Resource }] of PolicyDocument.Statement.entries()) {
      for (const action of Action.map(String)) {
        const testFiles = filesThatUsed(
          uses,
          Roles.map(({ Ref }) => Ref),
          action,
          Resource.map(endOf),
        );
        if (testFiles.length === 0) continue;
        const template = templateSchema.parse(JSON.parse(templateJson));
        const properties = policyOf(template);
        const { Statement } = properties.PolicyDocument;
        const left = Action.filter((other) => other !== action);
        if (left.length > 0) Statement[index] = { ...statementSchema.parse(Statement[index]), Action: left };
        else Statement.splice(index, 1);
        template.Resources[policyId] = { Type, Properties: properties };
        const name = `${policyId}, statement ${index + 1}: ${action}`;
        removals.push({ name, template: JSON.stringify(template), testFiles });
      }
    }
  }
  return removals;
}

function filesThatUsed(uses: readonly PermissionUse[], roleIds: string[], action: string, ends: string[]): string[] {
  const seconds = new Map<string, number>();
  for (const use of uses) seconds.set(use.testFile, (seconds.get(use.testFile) ?? 0) + use.seconds);
  const isIt = (grant: PermissionUse['grants'][number]) =>
    grant.used &&
    grant.action === action &&
    roleIds.some((roleId) => grant.roleArn.includes(`-${roleId}-`)) &&
    ends.some((end) => grant.resource.endsWith(end));
  const files = new Set(uses.filter(({ grants }) => grants.some(isIt)).map(({ testFile }) => testFile));
  return [...files].sort((a, b) => (seconds.get(a) ?? 0) - (seconds.get(b) ?? 0));
}

/** How the resolved text of a resource must end: its last literal part. */
function endOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { data } = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(resource);
  const last = data?.['Fn::Join'][1].at(-1);
  return typeof last === 'string' ? last : '';
}
