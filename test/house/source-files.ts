import { globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** The TypeScript files under these folders with their texts, by path from the project's folder. */
export function sourceFiles(...folders: readonly string[]): Map<string, string> {
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`)).map((path) => path.replaceAll(sep, '/'));
  return new Map(paths.sort().map((path) => [path, readFileSync(path, 'utf8')]));
}

const specifier = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** The groups of files that import each other in a circle, `import type` included. */
export function importCircles(files: ReadonlyMap<string, string>): string[][] {
  const imports = new Map(
    [...files].map(([path, text]) => [
      path,
      [...text.matchAll(specifier)].map(([, to = '']) => join(dirname(path), to).replaceAll(sep, '/')),
    ]),
  );
  const reachable = new Map([...files.keys()].map((path) => [path, reachableFrom(path)]));
  const circles = new Map<string, string[]>();
  for (const path of files.keys()) {
    if (!reachable.get(path)?.has(path)) continue;
    const circle = [...files.keys()].filter(
      (other) => reachable.get(path)?.has(other) && reachable.get(other)?.has(path),
    );
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];

  function reachableFrom(start: string): Set<string> {
    const reached = new Set<string>();
    const open = [...(imports.get(start) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(...(imports.get(next) ?? []));
    }
    return reached;
  }
}
