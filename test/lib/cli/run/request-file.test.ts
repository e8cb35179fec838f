import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRequestFile } from '../../../../lib/cli/run/request-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-batch-request-'));
});
afterAll(() => rm(folder, { recursive: true }));

const interruption = new AbortController();
const from = (text: string) => ({ stdin: Readable.from([text]), interrupted: interruption.signal });

describe('the request file', () => {
  it('is read from a file', async () => {
    const file = join(folder, 'request.json');
    await writeFile(file, '{"media":{"keys":["a.mp4"]}}');

    expect(await readRequestFile(file, from(''))).toEqual({ media: { keys: ['a.mp4'] } });
  });

  it('is read from stdin for "-"', async () => {
    expect(await readRequestFile('-', from('[1]'))).toEqual([1]);
  });

  it('is refused if there is none', async () => {
    const file = join(folder, 'none.json');

    await expect(readRequestFile(file, from(''))).rejects.toThrow(
      `There is no request file ${file}: name a file with a request, or "-" for stdin.`,
    );
  });

  it('is refused if it is a folder', async () => {
    await expect(readRequestFile(folder, from(''))).rejects.toThrow(
      `${folder} is a folder: name a file with a request`,
    );
  });

  it('is refused with line and column if it is not JSON', async () => {
    const file = join(folder, 'broken.json');
    await writeFile(file, '{\n  "media": {]\n}');

    await expect(readRequestFile(file, from(''))).rejects.toThrow(
      `The request file ${file} is not JSON (line 2, column 13: Expected property name or '}'): correct it there.`,
    );
  });

  it('may have as many bytes as the input of an execution, and no more', async () => {
    const textOf = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

    expect(await readRequestFile('-', from(textOf(258_048)))).toHaveLength(258_046);
    await expect(readRequestFile('-', from(textOf(258_049)))).rejects.toThrow(
      'The request on stdin has 258049 bytes, expected at most 258048',
    );
  });

  it('is no longer waited for after an interruption', async () => {
    const controller = new AbortController();
    const reading = readRequestFile('-', { stdin: new PassThrough(), interrupted: controller.signal });

    controller.abort();

    await expect(reading).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});
