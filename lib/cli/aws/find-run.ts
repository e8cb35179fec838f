import { namesText } from '../../../lambdas/shared/text/amounts.ts';
import { plainLine } from '../../../lambdas/shared/text/plain-text.ts';
import { CommandProblem } from '../../program/problem.ts';
import type { ListedExecution, Runs } from './runs.ts';

/** Executions among which the beginning of a run ID is looked for: one request of Step Functions' for each thousand. */
const maxLookedThrough = 5_000;

/** Candidates that an ambiguous beginning names. */
const maxNamed = 5;

/** How recovery names an execution that goes on with a run; a person may name one so too. */
const resumeName = /-resume-\d+$/;

/**
 * What the name of an execution may be.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
const executionName = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/**
 * Whether an execution is a run's first one, whose name is the run's ID, by what the table says where the name says nothing.
 *
 * @param isKnown whether the table has a run of that ID
 */
export function isRun({ name }: Pick<ListedExecution, 'name'>, isKnown: boolean): boolean {
  return isKnown || !resumeName.test(name);
}

/**
 * The ID of the run that a person means: the whole of it, or a beginning that no other one of the last runs has. The table has no
 * index of runs that have ended, so beginnings are looked up among the executions, whose names are the IDs.
 *
 * @throws CommandProblem where there is none, or more than one, or no run can be called so
 */
export async function findRun(named: string, runs: Pick<Runs, 'item' | 'execution' | 'executions'>): Promise<string> {
  // Every run's ID begins with an empty name.
  if (!executionName.test(named)) {
    throw new CommandProblem(
      `"${plainLine(named)}" is no run ID and no beginning of one, expected 1 to 80 letters, digits, "-", "_" and ".": ` +
        'see "media-batch status".',
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
      `There is no run ${plainLine(named)} in this stack, expected a run ID or the beginning of one: see "media-batch status".`,
    );
  }
  if (others.length > 0) {
    throw new CommandProblem(
      `${plainLine(named)} is the beginning of ${found.length} runs, expected that of one: ${namesText(found, maxNamed)}.`,
    );
  }
  return runId;
}
