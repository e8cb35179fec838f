import { describe, expect, it } from 'vitest';
import { main } from '../../../../lib/cli/main.ts';
import { capturedContext } from '../captured-context.ts';
import { startFakeAws } from '../fake-aws.ts';
import { sampleOutcome, sampleRun } from '../samples.ts';

/** Watches a run that has ended, with what is left of it in the bucket. */
async function watchEnded(objects: Record<string, string>) {
  const run = sampleRun({ status: 'Refused', reason: 'Too dear.' });
  await using aws = await startFakeAws({ looks: [{ status: 'FAILED', run }], objects });
  const { context, written } = capturedContext({ environment: { AWS_ENDPOINT_URL: aws.url } });
  const exitCode = await main(['status', 'run-1', '--watch', '--json'], context);
  return { exitCode, ...written };
}

describe('status --watch --json of a run that has ended', () => {
  it('prints its outcome as one line, like a watched run', async () => {
    const outcome = sampleOutcome({ status: 'Refused' });

    const { exitCode, out } = await watchEnded({ '/outcome.json': JSON.stringify(outcome) });

    expect({ exitCode, out }).toEqual({ exitCode: 1, out: `${JSON.stringify(outcome)}\n` });
  });

  it('prints its status and reason if clean-up has removed that', async () => {
    const { exitCode, out } = await watchEnded({});

    expect({ exitCode, out }).toEqual({
      exitCode: 1,
      out: '{"runId":"run-1","status":"Refused","reason":"Too dear."}\n',
    });
  });
});
