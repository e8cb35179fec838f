import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { models } from '../../../lambdas/shared/domain/model/models.ts';
import type { LocalAws } from '../../local-aws/start.ts';
import type { Context } from '../../program/context.ts';
import { CommandProblem, errorCode } from '../../program/problem.ts';

/** Settings of a local AWS with the stack in it. */
export interface LocalStackOptions {
  dataFolder: string;
  /** Default: any free port. */
  port?: number;
  clock: 'fast' | 'real';
  region: string;
  /** A file that says what goes wrong. */
  scenario?: string;
  /** Makes chance repeatable. */
  seed?: number;
  /** Where the stack's settings are read from. */
  environment: Context['environment'];
}

/** By then a recovery has resumed a run whose execution was cut off: 16 minutes until its functions are gone, and 15 to the next. */
const recoveredWithinMs = 45 * 60_000;

/**
 * Synthesizes the stack and deploys it into a local AWS in this process. Both are loaded only here: commands that speak to
 * AWS start without the CDK.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalAws> {
  const { dataFolder, port, clock, region, environment } = options;
  await makeFolder(dataFolder);
  const { startLocalAws } = await import('../../local-aws/start.ts');
  const { readScenario } = await import('./scenario-file.ts');
  const trouble = await readScenario(options.scenario, options.seed);
  const { synthesize } = await import('../../stack/synthesize.ts');
  const { templateFile } = synthesize({ outFolder: join(dataFolder, 'cdk.out'), region, environment });
  const localAws = await startLocalAws({
    ...{ models, templateFile, dataFolder, port, clock, region, ...trouble },
    onExecutionStatusChange: ({ status }) => {
      // A fast clock stands still when nothing runs, and then nothing would ever resume or clear up after this execution.
      const isCutOff = status !== 'RUNNING' && status !== 'SUCCEEDED';
      if (isCutOff && clock === 'fast') void localAws.clock.sleep(recoveredWithinMs);
    },
  });
  return localAws;
}

/**
 * Starts it for a person who may change their mind: Ctrl-C on a terminal also ends the processes that a start needs, and
 * what those then say is no news. Gives undefined where that happened.
 */
export async function startUnlessInterrupted(
  start: typeof startLocalStack,
  options: LocalStackOptions,
  interrupted: AbortSignal,
): Promise<LocalAws | undefined> {
  try {
    return await start(options);
  } catch (error) {
    // A signal that came while the stack was synthesized is told by the event loop's next full turn.
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
      `The data folder ${folder} cannot be made (${errorCode(error) ?? error}): choose another with --data.`,
      {
        cause: error,
      },
    );
  }
}
