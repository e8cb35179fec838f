import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { acknowledgeWildcards } from '../acknowledge.ts';
import type { Permission } from './permissions.ts';

/** Gives a role permissions, and records the reason for each wildcard beside it. */
export function grant(role: Role, permissions: readonly Permission[]): void {
  for (const { actions, resources, wildcard, conditions } of permissions) {
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources], conditions }));
    acknowledgeWildcards(role, resources, wildcard);
  }
}
