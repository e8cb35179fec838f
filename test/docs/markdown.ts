import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The clone's folder, in which people type what the documentation says. */
export const root = join(import.meta.dirname, '../..');

/** One page of the documentation, by its path in the clone. */
export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** What a person types, and lines that must come of it; `…` stands for anything. */
export interface Typed {
  command: string;
  answers: string[];
}

/** What the `console` blocks of a text say is typed: a line after `$`, with those after `>` that belong to it. */
export function typedIn(markdown: string): Typed[] {
  return blocksIn(markdown, 'console').flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const lines = text.trimEnd().split('\n');
        const answersFrom = lines.findIndex((line, at) => at > 0 && !line.startsWith('>'));
        const typed = answersFrom < 0 ? lines : lines.slice(0, answersFrom);
        const command = typed.map((line, at) => (at > 0 ? line.replace(/^> ?/, '') : line)).join('\n');
        return { command, answers: answersFrom < 0 ? [] : lines.slice(answersFrom) };
      }),
  );
}

/** The contents of a text's blocks in a language. */
export function blocksIn(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);
}

/** The sections of a page under their second-level headings. */
export function sectionsOf(markdown: string): { title: string; text: string }[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((text) => ({ title: text.slice(0, text.indexOf('\n')), text }));
}

/** What an answer line looks like where `…` stands for anything. */
export function answerPattern(line: string): RegExp {
  const escaped = line.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(escaped.join('.*'));
}

/** Whether this machine has a program of other people's, which is not ours to install. */
export function has(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
