import { expect, it } from 'vitest';
import { main } from '../../../../lib/cli/main.ts';
import { capturedContext } from '../captured-context.ts';
import { startFakeAws } from '../fake-aws.ts';

it('stops nothing when it is interrupted during the search for the run', async () => {
  const { context, written, interrupt } = capturedContext();
  await using aws = await startFakeAws({ onCall: (action) => action === 'GetItem' && interrupt() });

  const exitCode = await main(['stop', 'run-1', '--yes'], {
    ...context,
    environment: { AWS_ENDPOINT_URL: aws.url },
  });

  expect({ exitCode, ...written }).toEqual({ exitCode: 130, out: '', err: '' });
  expect(aws.calls).toContain('GetItem');
  expect(aws.calls).not.toContain('StopExecution');
});
