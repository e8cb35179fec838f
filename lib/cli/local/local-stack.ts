import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { models } from '../../../lambdas/shared/domain/model/models.ts';
import type { LocalAws } from '../../local-aws/start.ts';
import type { Context } from '../../program/context.ts';
import { CommandProblem, errorCode } from '../../program/problem.ts';

/** Settings of a local AWS with the stack. */
export interface LocalStackOptions {
  dataFolder: string;
  /** Default: any free port. */
  port?: number;
  clock: 'fast' | 'real';
  region: string;
  /** File of failures to simulate. */
  scenario?: string;
  /** Makes random values repeatable. */
  seed?: number;
  /** Source of the stack's settings. */
  environment: Context['environment'];
}

/**
 * By then recovery has resumed an interrupted run: 16 minutes until its functions are gone, and 15 to the next
 * recovery.
 */
const recoveredWithinMs = 45 * 60_000;

/**
 * Synthesizes the stack and deploys it into a local AWS in this process. Both are loaded here only, so that other
 * commands start without the CDK.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalAws> {
  const { dataFolder, port, clock, region, environment } = options;
  await makeFolder(dataFolder);
  const { startLocalAws } = await import('../../local-aws/start.ts');
  const { readScenario } = await import('./scenario-file.ts');
  const failures = await readScenario(options.scenario, options.seed);
  const { synthesize } = await import('../../stack/synthesize.ts');
  const { templateFile } = synthesize({ outFolder: join(dataFolder, 'cdk.out'), region, environment });
  const localAws = await startLocalAws({
    ...{ models, templateFile, dataFolder, port, clock, region, ...failures },
    onExecutionStatusChange: ({ status }) => {
      // A fast clock stops when nothing runs, and then no recovery would ever follow this execution.
      const endedEarly = status !== 'RUNNING' && status !== 'SUCCEEDED';
      if (endedEarly && clock === 'fast') void localAws.clock.sleep(recoveredWithinMs);
    },
  });
  return localAws;
}

/**
 * Starts a local AWS; returns undefined if Ctrl-C interrupts the start. Ctrl-C also ends the processes that the start
 * needs, so their errors mean nothing then.
 */
export async function startUnlessInterrupted(
  start: typeof startLocalStack,
  options: LocalStackOptions,
  interrupted: AbortSignal,
): Promise<LocalAws | undefined> {
  try {
    return await start(options);
  } catch (error) {
    // A signal that came while the stack was synthesized arrives with the event loop's next full turn.
    await setImmediate();
    await setImmediate();
    if (interrupted.aborted) return undefined;
    throw error;
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new CommandProblem(
      `The data folder ${folder} cannot be created (${errorCode(error) ?? error}): choose another with --data.`,
      {
        cause: error,
      },
    );
  }
}
