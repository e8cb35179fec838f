import { Choice, Condition, type State, Succeed, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { errorNames } from '../../../lambdas/shared/domain/errors/errors.ts';
import type { Steps } from '../functions/step-lambdas.ts';
import {
  whileFolderBusy,
  whileJobSlotsFull,
  whileJobStillRuns,
  whilePassing,
  whilePassingBetweenPolls,
} from './retries.ts';
import { failure, jsonata, returned, stepTask } from './step-task.ts';

/**
 * Turns of `Prepare job`, about 14 minutes each: at 10 a second, 100,000 copies take 12 of them. It keeps the history of a job
 * bounded.
 */
export const maxPrepareTurns = 20;

/** As if `Prepare job` itself gave up. */
const tooManyTurns = JSON.stringify({
  error: errorNames.jobRefused,
  cause: `The job was not prepared within ${maxPrepareTurns} turns of 15 minutes: start a new run with fewer records.`,
});

const job = "'runId': $states.input.runId, 'jobName': $states.input.jobName";

/**
 * The workflow of one job. Input: `{runId, jobName}`. Output: `{jobName}`, no more, because the outputs of all jobs lie in one
 * state of the run. Whatever goes wrong leads to `Settle job`, and from there to `Collect results`, which salvages what was
 * written; only an error of the latter fails the execution, and the report then accounts for the job from the table.
 */
export function jobWorkflow(scope: Construct, steps: Steps): State {
  const prepareJob = stepTask(scope, 'Prepare job', {
    step: steps['prepare-job'],
    comment: 'Takes the lock on the root, claims and copies in turns, writes the input',
    payload: `{${job}, 'executionArn': $states.context.Execution.Id, 'cursor': $states.input.cursor}`,
    output: `{${job}, 'next': ${returned}.next, 'cursor': ${returned}.cursor, 'turn': $sum([$states.input.turn, 1])}`,
    retries: [whileFolderBusy, whilePassing],
  });
  const isPrepared = Choice.jsonata(scope, 'Prepared?', { outputs: jsonata(`{${job}, 'failure': ${tooManyTurns}}`) });
  const startJob = stepTask(scope, 'Start job', {
    step: steps['start-job'],
    comment: 'Creates the Bedrock job',
    payload: `{${job}}`,
    retries: [whileJobSlotsFull, whilePassing],
  });
  const wait = Wait.jsonata(scope, 'Wait', { time: WaitTime.seconds(jsonata('$states.input.waitSeconds')) });
  const pollJob = stepTask(scope, 'Poll job', {
    step: steps['poll-job'],
    comment: 'Asks Bedrock how the job stands; gives up once it is long overdue',
    payload: `{${job}, 'batchJobArn': $states.input.batchJobArn}`,
    retries: [whilePassingBetweenPolls],
  });
  const isOver = Choice.jsonata(scope, 'Job over?');
  const settleJob = stepTask(scope, 'Settle job', {
    step: steps['settle-job'],
    comment: 'Removes input and copies and releases the lock',
    payload: `{${job}, 'failure': $states.input.failure}`,
    output: `{${job}, 'turn': 1, 'linesDone': 0}`,
    retries: [whileJobStillRuns, whilePassing],
  });
  const collectResults = stepTask(scope, 'Collect results', {
    step: steps['collect-results'],
    comment: 'Reads the output in turns, each within the time of a function',
    payload: `{${job}, 'turn': $states.input.turn, 'linesDone': $states.input.linesDone}`,
    output: `{${job}, 'turn': $states.input.turn + 1, 'linesDone': ${returned}.linesDone, 'done': ${returned}.done}`,
    retries: [whilePassing],
  });
  const isCollected = Choice.jsonata(scope, 'Everything collected?');
  const done = Succeed.jsonata(scope, 'Job done', { outputs: { jobName: jsonata('$states.input.jobName') } });

  for (const state of [prepareJob, startJob, pollJob]) {
    state.addCatch(settleJob, { outputs: jsonata(`{${job}, 'failure': ${failure}}`) });
  }
  settleJob.addCatch(collectResults, { outputs: jsonata(`{${job}, 'turn': 1, 'linesDone': 0}`) });

  prepareJob.next(isPrepared);
  isPrepared
    .when(Condition.jsonata(jsonata("$states.input.next = 'start'")), startJob)
    .when(Condition.jsonata(jsonata("$states.input.next = 'settle'")), settleJob)
    .when(Condition.jsonata(jsonata(`$states.input.turn < ${maxPrepareTurns}`)), prepareJob)
    .otherwise(settleJob);
  startJob.next(wait).next(pollJob).next(isOver);
  isOver.when(Condition.jsonata(jsonata('$states.input.over')), settleJob).otherwise(wait);
  settleJob.next(collectResults).next(isCollected);
  isCollected.when(Condition.jsonata(jsonata('$states.input.done')), done).otherwise(collectResults);
  return prepareJob;
}
