import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { blocksIn, readPage, root } from './markdown.ts';

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
const files = ['lambdas', 'lib', 'test'].flatMap((folder) => [
  folder,
  ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
]);

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages)('%s', (path) => {
  const page = readPage(path);

  it('links to pages and headings that are there', () => {
    for (const [, target = ''] of page.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : join(dirname(path), file);
      expect(existsSync(join(root, linked)), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readPage(linked)), target).toContain(anchor);
    }
  });

  it('names scripts of npm and places in the code that are there', () => {
    for (const [, script = ''] of page.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)) {
      expect(Object.keys(manifest.scripts)).toContain(script);
    }
    for (const [, place = ''] of page.matchAll(/`((?:lambdas|lib|test)\/[^`\s]*)`/g)) {
      const isThere = picomatch(place.replace(/\/$/, ''));
      expect(
        files.some((file) => isThere(file)),
        place,
      ).toBe(true);
    }
  });

  it('marks each command that needs an account', () => {
    for (const line of blocksIn(page, 'sh').flatMap((block) => block.split('\n'))) {
      if (!/\bcdk (deploy|destroy|bootstrap)\b|^aws |media-batch (run|status|results|stop|clean)\b/.test(line))
        continue;
      expect(line).toContain('needs AWS');
    }
  });
});
