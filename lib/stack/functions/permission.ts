import { type Conditions, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { acknowledgeWildcards } from '../acknowledge.ts';

/** One statement of a policy. */
export interface Permission {
  actions: readonly string[];
  resources: readonly string[];
  /** Why a resource has a wildcard; needed where one has. */
  wildcard?: string;
  conditions?: Conditions;
}

/** Gives a role permissions, and records the reason for each wildcard beside it. */
export function grant(role: Role, permissions: readonly Permission[]): void {
  for (const { actions, resources, wildcard, conditions } of permissions) {
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources], conditions }));
    acknowledgeWildcards(role, resources, wildcard);
  }
}
