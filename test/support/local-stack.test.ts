import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startLocalStack } from './local-stack.ts';

it('starts beside a process that listens at the port of the stack before it', async () => {
  const first = await startLocalStack();
  const port = Number(new URL(first.aws.endpoint).port);
  await first.close();
  const other = createServer();
  await once(other.listen(port, '127.0.0.1'), 'listening');

  try {
    const second = await startLocalStack();
    expect(new URL(second.aws.endpoint).port).not.toBe(`${port}`);
    expect(await second.keys()).toEqual([]);
    await second.close();
  } finally {
    await once(other.close(), 'close');
  }
});
