import { type Conditions, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { acknowledgeWildcards } from '../acknowledge.ts';

/** One statement of a policy. */
export interface Permission {
  actions: readonly string[];
  resources: readonly string[];
  /** Reason for a wildcard in a resource; required if there is one. */
  wildcard?: string;
  conditions?: Conditions;
}

/** Adds permissions to a role, and the reason for each wildcard. */
export function grant(role: Role, permissions: readonly Permission[]): void {
  for (const { actions, resources, wildcard, conditions } of permissions) {
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources], conditions }));
    acknowledgeWildcards(role, resources, wildcard);
  }
}
