import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { readUse } from '../support/permission-use.ts';
import { onlyOnAws } from './only-on-aws.ts';

const endToEnd = fileURLToPath(new URL('../end-to-end', import.meta.url));

interface Permission {
  role: string;
  action: string;
  resource: string;
}

const textOf = ({ role, action, resource }: Permission) => `${role}: ${action} on ${resource}`;
const nameOf = (roleArn: string) => roleArn.slice(roleArn.indexOf('/') + 1);
const reasonFor = ({ role, action, resource }: Permission) =>
  onlyOnAws.find(
    (entry) =>
      entry.action.test(action) && (entry.role?.test(role) ?? true) && (entry.resource?.test(resource) ?? true),
  );

/** These come after all other tests, and look at what the local stacks of the end-to-end tests have used. */
describe('the permissions of the stack', () => {
  const granted = new Map<string, Permission>();
  const used = new Set<string>();
  let wasWhole = false;

  beforeAll(() => {
    const files = readdirSync(endToEnd);
    // Others deploy stacks of their own.
    const uses = readUse(inject('permissionsFolder')).filter(({ testFile }) => files.includes(testFile));
    for (const { roleArn, used: wasUsed, ...grant } of uses.flatMap(({ grants }) => grants)) {
      const permission = { role: nameOf(roleArn), ...grant };
      granted.set(textOf(permission), permission);
      if (wasUsed) used.add(textOf(permission));
    }
    wasWhole = files.every((file) => uses.some(({ testFile }) => testFile === file));
  });

  it('are all needed by the end-to-end tests, or listed with the reason why only AWS needs them', (context) => {
    if (!wasWhole) context.skip('not all end-to-end tests have run');
    const unused = [...granted.values()].filter((permission) => !used.has(textOf(permission)));

    const unexplained = unused.filter((permission) => reasonFor(permission) === undefined).map(textOf);

    expect(unexplained).toEqual([]);
  });

  it('that only AWS needs have not been used here, and are granted', (context) => {
    if (!wasWhole) context.skip('not all end-to-end tests have run');
    const explained = [...granted.values()].filter((permission) => reasonFor(permission) !== undefined);

    expect(explained.filter((permission) => used.has(textOf(permission))).map(textOf)).toEqual([]);
    expect(onlyOnAws.filter((entry) => !explained.some((permission) => reasonFor(permission) === entry))).toEqual([]);
  });

  it('are reported, role by role', (context) => {
    if (!wasWhole) context.skip('not all end-to-end tests have run');
    const roles = [...new Set([...granted.values()].map(({ role }) => role))].sort();

    const lines = roles.map((role) => {
      const own = [...granted.values()].filter((permission) => permission.role === role);
      const unused = own.filter((permission) => !used.has(textOf(permission)));
      const actions = [...new Set(unused.map(({ action }) => action))].join(', ');
      return `${role}: ${own.length} permissions, ${own.length - unused.length} used, not used: ${actions || 'none'}`;
    });

    process.stdout.write(`\nPermissions of the stack, as these tests have used them:\n${lines.join('\n')}\n`);
    expect(lines.length).toBeGreaterThan(0);
  });
});
