import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts a finding of a policy check on a construct, with the reason. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Accepts the wildcards among the resources of a role's statement, with the reason. */
export function acknowledgeWildcards(
  construct: IConstruct,
  resources: readonly string[],
  reason: string | undefined,
): void {
  for (const resource of resources) {
    const flat = flatten(Stack.of(construct).resolve(resource));
    if (!flat.includes('*')) continue;
    if (reason === undefined)
      throw new TypeError(
        `The resource ${flat} has a wildcard and no reason for it: add "wildcard" to its permission.`,
      );
    acknowledge(construct, `AwsSolutions-IAM5[Resource::${flat}]`, reason);
  }
}

/** Writes a resolved ARN as cdk-nag names it in a finding: `<Bucket.Arn>/*`, or JSON. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) throw new TypeError(`${JSON.stringify(value)} is no ARN.`);
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts]: unknown[] = value['Fn::Join'];
    if (typeof separator === 'string' && Array.isArray(parts)) return parts.map(flatten).join(separator);
  }
  return JSON.stringify(value);
}
