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
import { errorNames } from '../../lambdas/shared/errors.ts';
import { type JobSteps, jobWorkflow } from './job-workflow.ts';
import { whilePassing } from './retries.ts';
import type { StepLambda } from './step-lambda.ts';
import { failure, jsonata, stepTask } from './step-task.ts';

/** The functions that a run invokes. */
export type RunSteps = JobSteps & Readonly<Record<'plan-run' | 'report-run', StepLambda>>;

/** Part of the ARN of a job's execution: `execution:NAME/RunJobs:…`. */
export const mapLabel = 'RunJobs';

/**
 * The root takes one job at a time, so the jobs of a run go one after another. More at once would only queue for the lease, and
 * spend their twelve days of waiting behind their own siblings.
 */
const jobsAtOnce = 1;

const execution = "'runId': $states.context.Execution.Name, 'startedAt': $states.context.Execution.StartTime";

/** The workflow of one run. Input: a request. Output: its outcome; a refused or failed run ends as a failed execution. */
export function runWorkflow(scope: Construct, steps: RunSteps): State {
  const planRun = stepTask(scope, 'Plan run', {
    step: steps['plan-run'],
    comment: 'Checks the request, selects the media and packs them into jobs',
    payload: `{${execution}, 'executionArn': $states.context.Execution.Id, 'request': $states.input}`,
    retries: [whilePassing],
  });
  const anythingToDo = Choice.jsonata(scope, 'Anything to do?');
  const runJobs = DistributedMap.jsonata(scope, 'Run jobs', {
    comment: 'One execution per job, each with a history of its own. Never retried: that would begin all jobs again',
    label: mapLabel,
    mapExecutionType: StateMachineType.STANDARD,
    items: ProvideItems.jsonata(jsonata('$states.input.jobs')),
    maxConcurrency: jobsAtOnce,
    toleratedFailurePercentage: 100,
    // The report reads the table; what the jobs return is dropped here.
    outputs: {},
  });
  runJobs.itemProcessor(jobWorkflow(scope, steps));
  const reportRun = stepTask(scope, 'Report run', {
    step: steps['report-run'],
    comment: 'Sums the run up from the table, whatever became of it',
    payload: `{${execution}, 'failure': $states.input.failure}`,
    retries: [whilePassing],
  });
  const howDidItEnd = Choice.jsonata(scope, 'How did the run end?');
  const cause = jsonata("$exists($states.input.reason) ? $states.input.reason : 'See the outcome of the run.'");
  const refused = Fail.jsonata(scope, 'Run refused', { error: errorNames.requestRefused, cause });
  const failed = Fail.jsonata(scope, 'Run failed', { error: 'RunFailed', cause });
  const finished = Succeed.jsonata(scope, 'Run finished');

  planRun.addCatch(reportRun, { outputs: jsonata(`{'failure': ${failure}}`) });
  runJobs.addCatch(reportRun, { outputs: jsonata(`{'failure': ${failure}}`) });

  planRun.next(anythingToDo);
  anythingToDo.when(Condition.jsonata(jsonata('$count($states.input.jobs) > 0')), runJobs).otherwise(reportRun);
  runJobs.next(reportRun);
  reportRun.next(howDidItEnd);
  howDidItEnd
    .when(Condition.jsonata(jsonata("$states.input.status = 'Refused'")), refused)
    .when(Condition.jsonata(jsonata("$states.input.status = 'Failed'")), failed)
    .otherwise(finished);
  return planRun;
}
