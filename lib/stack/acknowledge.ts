import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Records why a finding of a policy check is accepted, on the construct that it concerns. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Records why a role's statement has these resources with a wildcard; resources without one need no word. */
export function acknowledgeWildcards(
  construct: IConstruct,
  resources: readonly string[],
  reason: string | undefined,
): void {
  for (const resource of resources) {
    const flat = flatten(Stack.of(construct).resolve(resource));
    if (!flat.includes('*')) continue;
    if (reason === undefined) throw new TypeError(`The resource ${flat} has a wildcard, expected a reason for it.`);
    acknowledge(construct, `AwsSolutions-IAM5[Resource::${flat}]`, reason);
  }
}

/** A resolved ARN as cdk-nag names it in a finding: `<Bucket.Arn>/*`, and JSON where it knows no better. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`Expected an ARN, got ${JSON.stringify(value)}.`);
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts]: unknown[] = value['Fn::Join'];
    if (typeof separator === 'string' && Array.isArray(parts)) return parts.map(flatten).join(separator);
  }
  return JSON.stringify(value);
}
