import { once } from 'node:events';
import { resolve } from 'node:path';
import { type Context, exitCodes } from '../../program/context.ts';
import { startLocalStack, startUnlessInterrupted } from './local-stack.ts';

/** Options of `local`. */
export interface LocalOptions {
  port: number;
  data: string;
  clock: 'fast' | 'real';
  /** File of failures to simulate. */
  scenario?: string;
  seed?: number;
  /** Default: that of the environment, else us-east-1. */
  region?: string;
}

/** `media-batch local`: runs the stack on this machine until it is interrupted. Returns the exit code. */
export async function local(
  options: LocalOptions,
  { output, environment, interrupted }: Context,
  start = startLocalStack,
): Promise<number> {
  const region = options.region || environment.AWS_REGION || environment.AWS_DEFAULT_REGION || 'us-east-1';
  output.err.write('Deploying the stack into the local AWS …\n');
  const settings = { ...options, dataFolder: resolve(options.data), region, environment };
  const localAws = await startUnlessInterrupted(start, settings, interrupted);
  if (localAws === undefined) return exitCodes.succeeded;
  try {
    const { endpoint, bucket, stateMachineArn, bedrockRoleArn, tableName, functions } = localAws;
    output.out.write(
      `${JSON.stringify({ endpoint, bucket, stateMachineArn, bedrockRoleArn, tableName, functions })}\n`,
    );
    output.err.write(`The local AWS is ready; use it with AWS_ENDPOINT_URL=${endpoint} and end it with Ctrl-C.\n`);
    if (!interrupted.aborted) await once(interrupted, 'abort');
  } finally {
    await localAws.close();
  }
  output.err.write('The local AWS has ended.\n');
  return exitCodes.succeeded;
}
