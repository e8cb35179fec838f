import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { judgeAudit } from '../../../lib/dependencies/judge-audit.ts';
import { licencesText, runtimePackages, unaccepted } from '../../../lib/dependencies/licences.ts';
import manifest from '../../../package.json' with { type: 'json' };
import lock from '../../../package-lock.json' with { type: 'json' };

describe('the packages', () => {
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

  it.each(kinds)('are pinned to one version each, %s, and the lockfile has the same', (kind) => {
    const versions = Object.entries(manifest[kind]);

    expect(versions.length).toBeGreaterThan(0);
    for (const [name, version] of versions) expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    expect(lock.packages[''][kind]).toEqual(manifest[kind]);
  });

  it('are all pinned by their content, for every platform, and come from the registry alone', () => {
    const each = z.object({
      version: z.string(),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      inBundle: z.boolean().optional(),
    });
    const { '': _root, ...packages } = z.record(z.string(), each).parse(lock.packages);

    for (const [folder, { integrity, resolved, inBundle }] of Object.entries(packages)) {
      // A package inside another one is covered by the integrity of that one.
      if (!inBundle) expect(integrity, folder).toMatch(/^sha512-/);
      expect(resolved ?? 'https://registry.npmjs.org/', folder).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });
});

describe('the licences of what runs with us', () => {
  const packages = runtimePackages(lock);

  it('are listed; "npm run licences" brings the list up to date', () => {
    expect(readFileSync('THIRD-PARTY.md', 'utf8')).toBe(licencesText(packages));
  });

  it('ask for no more than their notice, but where a reason says how that is met', () => {
    expect(packages.length).toBeGreaterThan(50);
    expect(unaccepted(packages)).toEqual([]);
  });

  it('tell what is in the functions', () => {
    const bundled = packages.filter(({ isBundled }) => isBundled).map(({ name }) => name);

    expect(bundled).toEqual(expect.arrayContaining(['@aws-sdk/client-bedrock', '@middy/core', 'zod']));
    expect(bundled).not.toContain('aws-cdk-lib');
    expect(bundled).not.toContain('commander');
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-or-later)', true],
    ['(MIT AND Apache-2.0)', true],
    ['(MIT AND GPL-3.0-or-later)', false],
    ['GPL-2.0-only', false],
    ['LGPL-3.0', false],
    ['MPL-2.0', false],
    ['none stated', false],
    ['(MIT OR (GPL-2.0 AND ISC))', false],
  ])('%s is enough: %s', (licence, isEnough) => {
    const each = { name: 'x', version: '1.0.0', licence, isBundled: false };

    expect(unaccepted([each])).toEqual(isEnough ? [] : [each]);
  });
});

describe('what npm audit says', () => {
  const report = (severity: string) =>
    JSON.stringify({ auditReportVersion: 2, vulnerabilities: { tar: { name: 'tar', severity, range: '<6' } } });

  it.each([
    ['an advisory of low severity', report('low'), 'No advisory is high', false],
    ['a high one', report('high'), 'for tar <6 (high)', true],
    ['a critical one', report('critical'), 'for tar <6 (critical)', true],
    ['none', '{"vulnerabilities":{}}', 'No advisory is high', false],
    ['a registry without advisories', '{"message":"405 Method Not Allowed","error":{}}', 'NOT CHECKED', false],
    ['no report', 'npm ERR!', 'gave no report', true],
    ['nothing', '', 'gave no report', true],
  ])('with %s', (_, output, text, isBad) => {
    const verdict = judgeAudit(output);

    expect(verdict.text).toContain(text);
    expect(verdict.isBad).toBe(isBad);
  });
});
