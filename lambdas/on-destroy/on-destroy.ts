import { isRetryable, messageOf } from '../shared/domain/errors/errors.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import { onDestroyTag } from '../shared/domain/stack-tags.ts';
import type { CustomResourceRequest } from './cloud-formation.ts';
import { type EndRunsDependencies, endRuns } from './end-runs.ts';
import { type RemoveLeftoversDependencies, removeLeftovers } from './remove-leftovers.ts';

export interface OnDestroyDependencies extends EndRunsDependencies, RemoveLeftoversDependencies {
  table: EndRunsDependencies['table'] & RemoveLeftoversDependencies['table'];
  executions: EndRunsDependencies['executions'] & Pick<Executions, 'tagsOf'>;
  isTimeUp(): boolean;
  sleep(ms: number): Promise<void>;
}

/** Wait between two checks, in milliseconds; Bedrock allows few requests a second for batch jobs. */
export const betweenChecksMs = 10_000;

/** A job or an execution of the stack may still run. */
export class StillRunning extends Error {
  override readonly name = 'StillRunning';
}

/**
 * Ends all runs of a stack that is deleted, waits until their jobs are over, and removes their inputs and copies.
 *
 * Otherwise jobs would keep costing money, and foreign jobs at the root would run the inputs that are left there.
 * Create and Update do nothing. Returns what was done, in one sentence. A repeat does what is missing.
 *
 * @throws {StillRunning} if time is up before all jobs are over
 */
export async function onDestroy(request: CustomResourceRequest, dependencies: OnDestroyDependencies): Promise<string> {
  if (request.RequestType !== 'Delete') return 'Nothing to do before the stack is deleted.';
  if (!(await isStackDeleted(request, dependencies)))
    return 'Nothing was done: the stack was updated and continues without this resource.';
  const { isTimeUp, sleep } = dependencies;
  for (;;) {
    const [first, ...more] = await openWork(dependencies);
    if (first === undefined) break;
    if (isTimeUp()) {
      const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
      throw new StillRunning(
        `Delete the stack again in some minutes, because not all of its work has ended${rest}: ${first}`,
      );
    }
    await sleep(betweenChecksMs);
  }
  const removed = await removeLeftovers(dependencies);
  return `All jobs of the stack are over, and ${removed} objects that they left were removed.`;
}

/**
 * An update deletes the resource too if the new template has none, or has it under another logical ID; by then the
 * machine has the tag of that template. A machine that does not exist runs nothing.
 */
async function isStackDeleted(
  { LogicalResourceId }: CustomResourceRequest,
  { executions, stateMachineArn }: OnDestroyDependencies,
): Promise<boolean> {
  const tags = await executions.tagsOf(stateMachineArn);
  return tags === undefined || tags[onDestroyTag] === LogicalResourceId;
}

/** Ends the runs and returns a sentence for each one that is not over, or for the service that throttles. */
async function openWork(dependencies: OnDestroyDependencies): Promise<string[]> {
  try {
    return await endRuns(dependencies);
  } catch (error) {
    if (isRetryable(error)) return [messageOf(error)];
    throw error;
  }
}
