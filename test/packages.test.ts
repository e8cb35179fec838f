import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import manifest from '../package.json' with { type: 'json' };
import lock from '../package-lock.json' with { type: 'json' };

const packageSchema = z.object({
  version: z.string(),
  license: z.string().default('none stated'),
  integrity: z.string().optional(),
  resolved: z.string().default('https://registry.npmjs.org/'),
  /** Comes inside another package, whose integrity covers it. */
  inBundle: z.boolean().default(false),
  dev: z.boolean().default(false),
});
const { '': _root, ...installed } = z.record(z.string(), packageSchema.partial()).parse(lock.packages);
const packages = z.record(z.string(), packageSchema).parse(installed);

describe('the packages', () => {
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

  it.each(kinds)('are pinned to one version each, %s, and the lockfile has the same', (kind) => {
    const versions = Object.entries(manifest[kind]);

    expect(versions.length).toBeGreaterThan(0);
    for (const [name, version] of versions) expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    expect(lock.packages[''][kind]).toEqual(manifest[kind]);
  });

  it('are all pinned by their content, for every platform, and come from the registry alone', () => {
    for (const [folder, { integrity, resolved, inBundle }] of Object.entries(packages)) {
      if (!inBundle) expect(integrity, folder).toMatch(/^sha512-/);
      expect(resolved, folder).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });
});

describe('the licences of the packages that run with us', () => {
  /** Licences that require no more than their notice: https://blueoakcouncil.org/list */
  const permissive = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];
  /** Other licences, each of one package and with the reason why it may be used. */
  const accepted = {
    case: ['(MIT OR GPL-3.0-or-later)', 'we choose MIT'],
  } as const;
  const licences = new Map(
    Object.entries(packages)
      .filter(([, { dev }]) => !dev)
      .map(([folder, { version, license }]) => [`${nameOf(folder)} | ${version}`, license]),
  );

  it('require no more than their notice, except where a reason is given', () => {
    const others = [...licences].filter(([, licence]) => !permissive.includes(licence));

    expect(licences.size).toBeGreaterThan(50);
    expect(others.map(([id, licence]) => [id.split(' ')[0], licence])).toEqual(
      Object.entries(accepted).map(([name, [licence]]) => [name, licence]),
    );
  });

  it('are listed in THIRD-PARTY.md, which "npm run licences" updates', async () => {
    const reasons = Object.entries(accepted).map(([name, [licence, why]]) => `- **${name}** (${licence}): ${why}.`);
    const rows = [...licences].map(([id, licence]) => `| ${id} | ${licence} |`).sort();
    const text = [
      '# Third-party packages\n',
      'The packages that are installed for production, from `package-lock.json`; `npm run licences` updates this list.',
      'A test compares the two, and accepts only licences that require no more than their notice, except:\n',
      ...[...reasons, '\n| package | version | licence |', '| --- | --- | --- |', ...rows, ''],
    ];

    await expect(text.join('\n')).toMatchFileSnapshot('../THIRD-PARTY.md');
  });

  function nameOf(folder: string): string {
    return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  }
});
