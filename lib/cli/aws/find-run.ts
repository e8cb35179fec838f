import { namesText } from '../../../lambdas/shared/text/amounts.ts';
import { plainLine } from '../../../lambdas/shared/text/plain-text.ts';
import { CommandProblem } from '../../program/problem.ts';
import type { ListedExecution, Runs } from './runs.ts';

/** Executions that are searched for the beginning of a run ID, one request for each thousand. */
const maxLookedThrough = 5_000;

/** Run IDs in the message about an ambiguous beginning. */
const maxNamed = 5;

/** How recovery names an execution that resumes a run; a user may choose such a name too. */
const resumeName = /-resume-\d+$/;

/**
 * Valid names of executions.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
const executionName = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/**
 * Whether an execution is the first one of a run, whose ID is its name.
 *
 * @param isKnown whether the table has a run of that ID
 */
export function isRun({ name }: Pick<ListedExecution, 'name'>, isKnown: boolean): boolean {
  return isKnown || !resumeName.test(name);
}

/**
 * Returns the ID of a run, from the ID or a unique beginning of it. The table does not index ended runs, so beginnings
 * are searched among the executions, whose names are the IDs.
 *
 * @throws CommandProblem for no run, for several, and for a name that no run can have
 */
export async function findRun(named: string, runs: Pick<Runs, 'item' | 'execution' | 'executions'>): Promise<string> {
  // Every run ID begins with an empty name.
  if (!executionName.test(named)) {
    throw new CommandProblem(
      `"${plainLine(named)}" is not a run ID or the beginning of one, ` +
        'expected 1 to 80 letters, digits, "-", "_" and ".": see "media-batch status".',
    );
  }
  if ((await runs.item(named)) !== undefined || (await runs.execution(named)) !== undefined) return named;
  const found: string[] = [];
  let lookedThrough = 0;
  for await (const execution of runs.executions()) {
    lookedThrough += 1;
    if (lookedThrough > maxLookedThrough) break;
    const { name } = execution;
    if (!name.startsWith(named)) continue;
    if (isRun(execution, resumeName.test(name) && (await runs.item(name)) !== undefined)) found.push(name);
  }
  const [runId, ...others] = found;
  if (runId === undefined) {
    throw new CommandProblem(
      `There is no run ${plainLine(named)} in this stack, and none whose ID begins with that: ` +
        'see "media-batch status".',
    );
  }
  if (others.length > 0) {
    throw new CommandProblem(
      `${plainLine(named)} is the beginning of ${found.length} run IDs (${namesText(found, maxNamed)}): ` +
        'give more of the ID.',
    );
  }
  return runId;
}
