import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const app = fileURLToPath(new URL('../../../lib/app.ts', import.meta.url));

test('ends with one sentence and no stack trace when a setting cannot work', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [app], {
    encoding: 'utf8',
    env: { NOVA_BATCH_RETENTION_DAYS: 'a month' },
  });

  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'The setting NOVA_BATCH_RETENTION_DAYS is "a month"; expected a whole number of days from 1 to 3650: ' +
      'correct it or remove it.\n',
  });
});
