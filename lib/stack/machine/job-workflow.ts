import { Choice, Condition, type State, Succeed, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { maxTurns } from '../../../lambdas/shared/domain/checkpoint.ts';
import type { Steps } from '../functions/step-lambdas.ts';
import {
  whileFolderBusy,
  whileJobSlotsFull,
  whileJobStillRuns,
  whilePassing,
  whilePassingBetweenPolls,
} from './retries.ts';
import { checkpoint, failure, isUnfinished, jsonata, stepTask } from './step-task.ts';

const job = "'runId': $states.input.runId, 'jobName': $states.input.jobName";

/**
 * The workflow of one job. Input: `{runId, jobName}`. Output: `{jobName}` only, because one state of the run holds the
 * outputs of all jobs.
 *
 * Every failure leads to `Settle job` and then to `Collect results`, which salvages the answers. Only an error of the
 * latter fails the execution; the report then accounts for the job from the table.
 */
export function jobWorkflow(scope: Construct, steps: Steps): State {
  const prepareJob = stepTask(scope, 'Prepare job', {
    step: steps['prepare-job'],
    comment: `Takes the lock on the root, claims and copies in up to ${maxTurns} turns, writes the input`,
    payload: `{${job}, 'executionArn': $states.context.Execution.Id, ${checkpoint}}`,
    retries: [whileFolderBusy, whilePassing],
  });
  const isPrepared = Choice.jsonata(scope, 'Prepared?');
  const startJob = stepTask(scope, 'Start job', {
    step: steps['start-job'],
    comment: 'Creates the Bedrock job',
    payload: `{${job}}`,
    retries: [whileJobSlotsFull, whilePassing],
  });
  const wait = Wait.jsonata(scope, 'Wait', { time: WaitTime.seconds(jsonata('$states.input.waitSeconds')) });
  const pollJob = stepTask(scope, 'Poll job', {
    step: steps['poll-job'],
    comment: 'Asks Bedrock for the state of the job; gives up once it is long overdue',
    payload: `{${job}, 'batchJobArn': $states.input.batchJobArn}`,
    retries: [whilePassingBetweenPolls],
  });
  const isOver = Choice.jsonata(scope, 'Job over?');
  const settleJob = stepTask(scope, 'Settle job', {
    step: steps['settle-job'],
    comment: 'Removes input and copies and releases the lock',
    payload: `{${job}, 'failure': $states.input.failure}`,
    retries: [whileJobStillRuns, whilePassing],
  });
  const collectResults = stepTask(scope, 'Collect results', {
    step: steps['collect-results'],
    comment: `Reads the output in up to ${maxTurns} turns, each within the time of a function`,
    payload: `{${job}, ${checkpoint}}`,
    retries: [whilePassing],
  });
  const isCollected = Choice.jsonata(scope, 'Everything collected?');
  const done = Succeed.jsonata(scope, 'Job done', { outputs: { jobName: jsonata('$states.input.jobName') } });

  for (const state of [prepareJob, startJob, pollJob]) {
    state.addCatch(settleJob, { outputs: jsonata(`{${job}, 'failure': ${failure}}`) });
  }
  settleJob.addCatch(collectResults, { outputs: jsonata(`{${job}}`) });

  prepareJob.next(isPrepared);
  isPrepared
    .when(isUnfinished, prepareJob)
    .when(Condition.jsonata(jsonata("$states.input.next = 'start'")), startJob)
    .otherwise(settleJob);
  startJob.next(wait).next(pollJob).next(isOver);
  isOver.when(Condition.jsonata(jsonata('$states.input.over')), settleJob).otherwise(wait);
  settleJob.next(collectResults).next(isCollected);
  isCollected.when(isUnfinished, collectResults).otherwise(done);
  return prepareJob;
}
