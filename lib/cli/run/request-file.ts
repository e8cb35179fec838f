import { readFile } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readRequestText } from '../../../lambdas/shared/domain/request/request-text.ts';
import { CommandProblem, errorCode } from '../../program/problem.ts';

/**
 * Reads the request from a file, or from stdin for `-`. It accepts any JSON; the request itself is checked later.
 *
 * @throws CommandProblem when there is no file, it is not JSON, or it is longer than an execution's input may be
 */
export async function readRequestFile(
  file: string,
  { stdin, interrupted }: { stdin: Readable; interrupted: AbortSignal },
): Promise<unknown> {
  const name = file === '-' ? 'The request on stdin' : `The request file ${file}`;
  const content = file === '-' ? await text(addAbortSignal(interrupted, stdin)) : await contentOf(file);
  const read = readRequestText(content, name);
  if ('problem' in read) throw new CommandProblem(read.problem);
  return read.value;
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandProblem(`${whyUnreadable(file, error)}: name a file with a request, or "-" for stdin.`, {
      cause: error,
    });
  }
}

function whyUnreadable(file: string, error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return `There is no request file ${file}`;
  if (code === 'EISDIR') return `${file} is a folder`;
  return `The request file ${file} cannot be read (${code ?? error})`;
}
