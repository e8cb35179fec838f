import { mayPass, messageOf } from '../shared/domain/errors/errors.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { CustomResourceRequest } from './cloud-formation.ts';
import { type EndRunsDependencies, endRuns } from './end-runs.ts';
import { type RemoveLeftDependencies, removeLeft } from './remove-left.ts';

export interface OnDestroyDependencies extends EndRunsDependencies, RemoveLeftDependencies {
  table: EndRunsDependencies['table'] & RemoveLeftDependencies['table'];
  executions: EndRunsDependencies['executions'] & Pick<Executions, 'tagsOf'>;
  isTimeUp(): boolean;
  sleep(ms: number): Promise<void>;
}

/** Tag of the state machine that names the custom resource of its stack, by its logical ID. */
export const onDestroyTag = 'media-batch:on-destroy';

/** Between two looks at what still stops, in milliseconds; Bedrock takes few requests a second for batch jobs. */
export const betweenLooksMs = 10_000;

/** Something of the stack still runs, or may. */
export class StillRunning extends Error {
  override readonly name = 'StillRunning';
}

/**
 * When the stack is deleted: ends what it runs, waits until Bedrock says that its jobs are over, and removes their inputs and
 * copies, so that nothing is billed and nothing at the root is run by anybody once nobody looks after it. Whatever else
 * CloudFormation asks changes nothing. Gives what was done, in one sentence. A repeat does what is missing.
 *
 * @throws {StillRunning} when time is up before all is over
 */
export async function onDestroy(request: CustomResourceRequest, dependencies: OnDestroyDependencies): Promise<string> {
  if (request.RequestType !== 'Delete') return 'Nothing is done before the stack is deleted.';
  if (!(await isStackDeleted(request, dependencies)))
    return 'Nothing was done: the stack goes on without this resource.';
  const { isTimeUp, sleep } = dependencies;
  for (;;) {
    const [first, ...more] = await look(dependencies);
    if (first === undefined) break;
    if (isTimeUp()) {
      const others = more.length > 0 ? ` (and ${more.length} more)` : '';
      throw new StillRunning(
        `Delete the stack again in some minutes, because not all of it has ended${others}: ${first}`,
      );
    }
    await sleep(betweenLooksMs);
  }
  const removed = await removeLeft(dependencies);
  return `Nothing of the stack runs any more, and ${removed} objects that were left of its jobs are removed.`;
}

/**
 * An update deletes the resource too where the template of another version does not have it, or has it under another logical ID;
 * by then the machine has the tags of that version. A machine that is gone runs nothing.
 */
async function isStackDeleted(
  { LogicalResourceId }: CustomResourceRequest,
  { executions, stateMachineArn }: OnDestroyDependencies,
): Promise<boolean> {
  const tags = await executions.tagsOf(stateMachineArn);
  return tags === undefined || tags[onDestroyTag] === LogicalResourceId;
}

/** What is not over yet, a sentence each; that a service asks for patience is one of them. */
async function look(dependencies: OnDestroyDependencies): Promise<string[]> {
  try {
    return await endRuns(dependencies);
  } catch (error) {
    if (mayPass(error)) return [messageOf(error)];
    throw error;
  }
}
