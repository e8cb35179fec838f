import { createHash } from 'node:crypto';
import { ServiceError } from '../service.ts';
import { type Context, type Grant, grantOf, isFor, type Statement } from './statements.ts';

/** A role with the statements of its policies. */
interface Role {
  trust: Statement[];
  statements: Statement[];
  used: Set<string>;
}

/** The permissions of a deployment. */
interface Policies {
  roles: Map<string, Role>;
  resourceStatements: Statement[];
}

/** One action on one resource pattern that a role's policies grant, and whether a call has needed it so far. */
export interface GrantUse extends Grant {
  roleArn: string;
  used: boolean;
}

/** Judges calls by the policies of the template. */
export type Access = ReturnType<typeof createAccess>;

/**
 * IAM for one account: a role may do what its policies allow, and a caller without a role's keys is the administrator.
 * Explicit denials of resource policies bind all callers.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function createAccess(accountId: string) {
  let policies: Policies = { roles: new Map(), resourceStatements: [] };
  const roleArns = new Map<string, string>();
  const usedBefore = new Map<string, Set<string>>();
  // As if clients came over TLS, as they do on AWS; everything belongs to one account.
  const always: Context = { 'aws:SecureTransport': 'true', 'aws:ResourceAccount': accountId };

  /** A role outside of the stack may do nothing. */
  const roleOf = (roleArn: string): Role =>
    policies.roles.get(roleArn) ?? { trust: [], statements: [], used: new Set() };

  function allows(caller: string | undefined, action: string, resource: string, given: Context = {}): boolean {
    const context = { ...always, ...given };
    const saysOf = (statement: Statement) => grantOf(statement, action, resource, context);
    const { resourceStatements } = policies;
    if (resourceStatements.some((statement) => statement.Effect === 'Deny' && saysOf(statement))) return false;
    if (caller === undefined) return true;
    const { statements, used } = roleOf(caller);
    if (statements.some((statement) => statement.Effect === 'Deny' && saysOf(statement))) return false;
    const grants = statements.flatMap((statement) => saysOf(statement) ?? []);
    for (const grant of grants) used.add(keyOf(grant));
    const isOpen = resourceStatements.some(
      (statement) => statement.Effect === 'Allow' && isFor(statement, caller) && saysOf(statement),
    );
    return grants.length > 0 || isOpen;
  }

  return {
    /** The role whose keys these are; undefined for the administrator. */
    callerOf: (accessKeyId: string): string | undefined => roleArns.get(accessKeyId),
    allows,
    /** @throws ServiceError AccessDeniedException, unless the caller's policies allow the action on the resource */
    authorize(caller: string | undefined, action: string, resource: string, context?: Context): void {
      if (allows(caller, action, resource, context)) return;
      // As AWS words it: a role acts in a session, here always of the same name.
      const session = `arn:aws:sts::${accountId}:assumed-role/$1/local`;
      const who = (caller ?? `arn:aws:iam::${accountId}:root`).replace(/^arn:.*:role\/(.+)$/, session);
      const message =
        `User: ${who} is not authorized to perform: ${action} on resource: ${resource} because no policy allows ` +
        `the ${action} action`;
      throw new ServiceError('AccessDeniedException', 403, message);
    },
    /** @throws ServiceError unless the role's trust policy lets this service (`bedrock.amazonaws.com`) assume it */
    assume(roleArn: string, service: string, context: Context = {}): void {
      const trusted = roleOf(roleArn).trust.some(
        (statement) => isFor(statement, service) && grantOf(statement, 'sts:AssumeRole', roleArn, context),
      );
      if (trusted) return;
      throw new ServiceError('ValidationException', 400, `The role ${roleArn} cannot be assumed by ${service}.`);
    },
    addRole(roleArn: string, trust: Statement[]): void {
      policies.roles.set(roleArn, { trust, statements: [], used: new Set() });
      roleArns.set(credentialsOf(roleArn).accessKeyId, roleArn);
    },
    addToRole: (roleArn: string, statements: Statement[]) => void roleOf(roleArn).statements.push(...statements),
    addToResources: (statements: Statement[]) => void policies.resourceStatements.push(...statements),
    /** Replaces all policies; grants that were used stay used. */
    adopt(next: Policies): void {
      for (const [roleArn, { used }] of policies.roles) usedBefore.set(roleArn, used);
      for (const [roleArn, role] of next.roles) {
        for (const grant of usedBefore.get(roleArn) ?? []) role.used.add(grant);
        roleArns.set(credentialsOf(roleArn).accessKeyId, roleArn);
      }
      policies = next;
    },
    policies: (): Policies => policies,
    grants: (): GrantUse[] =>
      [...policies.roles].flatMap(([roleArn, { statements, used }]) =>
        statements.flatMap(({ Action, Resource }) =>
          Action.flatMap((action) =>
            Resource.map((resource) => ({ roleArn, action, resource, used: used.has(keyOf({ action, resource })) })),
          ),
        ),
      ),
  };
}

const keyOf = ({ action, resource }: Grant) => `${action} ${resource}`;

/** Credentials of a role: always the same for the same role, so that the endpoint knows its callers. */
export function credentialsOf(roleArn: string) {
  const digest = createHash('sha256').update(roleArn).digest('hex').toUpperCase();
  return { accessKeyId: `ASIA${digest.slice(0, 16)}`, secretAccessKey: digest.slice(16, 56), sessionToken: digest };
}
