import {
  Choice,
  Condition,
  DistributedMap,
  Fail,
  ProvideItems,
  type State,
  StateMachineType,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { errorNames } from '../../../lambdas/shared/domain/errors/errors.ts';
import { runStatusSchema } from '../../../lambdas/shared/domain/run/run.ts';
import type { StepName } from '../../../lambdas/shared/runtime/environment.ts';
import type { Steps } from '../functions/step-lambdas.ts';
import { jobWorkflow } from './job-workflow.ts';
import { whileJobStillRuns, whilePassing } from './retries.ts';
import { failure, isUnfinished, jsonata, stepTask } from './step-task.ts';

/** The steps that states of the machine invoke. */
export const runSteps = [
  'plan-run',
  'prepare-job',
  'start-job',
  'poll-job',
  'settle-job',
  'collect-results',
  'report-run',
] as const satisfies readonly StepName[];

/** Part of the ARN of a job's execution: `execution:NAME/RunJobs:…`. */
export const mapLabel = 'RunJobs';

/** The execution and its input, from the context: a state's own input is the output of the state before. */
const execution = [
  "'executionArn': $states.context.Execution.Id",
  "'executionName': $states.context.Execution.Name",
  "'startedAt': $states.context.Execution.StartTime",
  "'input': $states.context.Execution.Input",
].join(', ');

/**
 * A field of the last plan's output; undefined at first, when the state's input is the execution's own, even if that
 * has such a field. Objects are equal by value: https://docs.jsonata.org/comparison-operators#-equals
 */
const handedOn = (field: string) =>
  `'${field}': $states.input != $states.context.Execution.Input ? $states.input.${field}`;

/**
 * The workflow of one run. Input: a request, or the run to resume. Output: the run's outcome; a refused or failed run
 * ends as a failed execution. `Plan run` returns the jobs to run next, until there are none; it plans a large request
 * in turns.
 */
export function runWorkflow(scope: Construct, steps: Steps): State {
  const planRun = stepTask(scope, 'Plan run', {
    step: steps['plan-run'],
    comment: 'Checks the request, selects the media, packs them into jobs; then returns the jobs to run next',
    payload: `{${execution}, ${handedOn('dispatch')}, ${handedOn('checkpoint')}}`,
    retries: [whilePassing],
  });
  const dispatch = { dispatch: jsonata('$states.input.dispatch') };
  const isPlanned = Choice.jsonata(scope, 'Planned?');
  const anythingToDo = Choice.jsonata(scope, 'Anything to do?');
  const runJobs = DistributedMap.jsonata(scope, 'Run jobs', {
    comment: 'One execution per job, each with its own history. Never retried: that would start all jobs again',
    label: mapLabel,
    mapExecutionType: StateMachineType.STANDARD,
    items: ProvideItems.jsonata(jsonata('$states.input.jobs')),
    jsonataMaxConcurrency: jsonata('$states.input.jobsAtOnce'),
    toleratedFailurePercentage: 100,
    // Plan and report read the table, so the outputs of the jobs are dropped.
    outputs: dispatch,
  });
  runJobs.itemProcessor(jobWorkflow(scope, steps));
  const reportRun = stepTask(scope, 'Report run', {
    step: steps['report-run'],
    comment: 'Writes the outcome of the run from the table, however it ended',
    payload: `{${execution}, 'failure': $states.input.failure}`,
    retries: [whileJobStillRuns, whilePassing],
  });
  const howDidItEnd = Choice.jsonata(scope, 'How did the run end?');
  const cause = jsonata("$exists($states.input.reason) ? $states.input.reason : 'See the outcome of the run.'");
  const refused = Fail.jsonata(scope, 'Run refused', { error: errorNames.requestRefused, cause });
  const failed = Fail.jsonata(scope, 'Run failed', { error: 'RunFailed', cause });
  const { Refused, Failed } = runStatusSchema.enum;
  const finished = Succeed.jsonata(scope, 'Run finished');

  planRun.addCatch(reportRun, { outputs: jsonata(`{'failure': ${failure}}`) });
  // The plan reads failures from the table, and dispatches a job a few times at most.
  runJobs.addCatch(planRun, { outputs: dispatch });

  planRun.next(isPlanned);
  isPlanned.when(isUnfinished, planRun).otherwise(anythingToDo);
  anythingToDo.when(Condition.jsonata(jsonata('$count($states.input.jobs) > 0')), runJobs).otherwise(reportRun);
  runJobs.next(planRun);
  reportRun.next(howDidItEnd);
  howDidItEnd
    .when(Condition.jsonata(jsonata(`$states.input.status = '${Refused}'`)), refused)
    .when(Condition.jsonata(jsonata(`$states.input.status = '${Failed}'`)), failed)
    .otherwise(finished);
  return planRun;
}
