import { buildSync } from 'esbuild';
import { z } from 'zod';
import { bundleOptions } from '../stack/functions/bundles.ts';

/** A package that runs with us, as the lockfile pins it. */
export interface RuntimePackage {
  name: string;
  version: string;
  /** An SPDX expression, as its author states it. */
  licence: string;
  /** Whether code of it is in a bundle of the functions. */
  isBundled: boolean;
}

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), license: z.string().optional(), dev: z.boolean().default(false) }),
  ),
});

/** Licences that ask for no more than their notice: https://blueoakcouncil.org/list */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
]);

/** What is used although its licence asks for more, by name and licence, and why that is met. */
const accepted: Readonly<Record<string, string>> = {
  'mediabunny MPL-2.0':
    'it is about its own files only (https://www.mozilla.org/en-US/MPL/2.0/FAQ/): they are used as published, their source is ' +
    'the npm package, and nothing of ours comes under it',
};

/** Everything that is installed for production, by the lockfile, sorted by name and version. */
export function runtimePackages(lock: unknown): RuntimePackage[] {
  const bundled = bundledFolders();
  const found = new Map<string, RuntimePackage>();
  for (const [folder, { version, license, dev }] of Object.entries(lockSchema.parse(lock).packages)) {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(folder)?.[1];
    if (dev || name === undefined || version === undefined) continue;
    const id = `${name}@${version}`;
    const isBundled = bundled.has(folder) || (found.get(id)?.isBundled ?? false);
    found.set(id, { name, version, licence: license ?? 'none stated', isBundled });
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
}

/** Folders of packages that esbuild takes something of into the bundles. */
function bundledFolders(): Set<string> {
  const { metafile } = buildSync({ ...bundleOptions('out'), metafile: true, write: false });
  const inputs = Object.values(metafile?.outputs ?? {}).flatMap(({ inputs: parts }) => Object.keys(parts));
  // From the first folder of packages on, wherever that one is linked from.
  return new Set(
    inputs.flatMap((path) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []),
  );
}

/** Packages whose licence is not known to ask for nothing, and that nobody gave a reason for. */
export function unaccepted(packages: readonly RuntimePackage[]): RuntimePackage[] {
  return packages.filter((each) => !isPermissive(each.licence) && reasonFor(each) === undefined);
}

function reasonFor({ name, licence }: RuntimePackage): string | undefined {
  return accepted[`${name} ${licence}`];
}

/** Of alternatives one is enough; of licences that all hold, each has to be permissive. */
function isPermissive(expression: string): boolean {
  const inner = expression.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(inner)) return false;
  return inner.split(' OR ').some((terms) => terms.split(' AND ').every((licence) => permissive.has(licence)));
}

/** The list as Markdown. */
export function licencesText(packages: readonly RuntimePackage[]): string {
  const rows = packages.map(
    ({ name, version, licence, isBundled }) => `| ${name} | ${version} | ${licence} | ${isBundled ? 'yes' : ''} |`,
  );
  const reasons = packages.flatMap((each) => {
    const reason = reasonFor(each);
    return reason === undefined ? [] : `- **${each.name}** (${each.licence}): ${reason}.`;
  });
  return [
    '# Third-party packages',
    '',
    'What is installed for production, by `package-lock.json`, and what of it is bundled into the functions. Written by',
    '`npm run licences`; a test holds it up to date, and that no licence is among them that asks for more than its notice, but for:',
    '',
    ...reasons,
    '',
    '| package | version | licence | in the functions |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
