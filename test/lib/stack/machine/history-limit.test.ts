import { expect, test } from 'vitest';
import { maxDispatches } from '../../../../lambdas/plan-run/attempt/write-jobs.ts';
import { maxTurns } from '../../../../lambdas/shared/domain/checkpoint.ts';
import { errorNames } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { maxPollingHours, nextPollSeconds } from '../../../../lambdas/shared/domain/job/next-poll.ts';
import { maxHistoryEvents, maxRetries } from '../../../../lambdas/shared/domain/limits.ts';
import { templateWith } from '../stack-template.ts';
import { readDefinition, type State, secondsOf, successorsOf, type Workflow } from './machine-definition.ts';

const { run, job } = readDefinition(templateWith());
const states = { ...run.States, ...job.States };

/** Entered and exited. */
const eventsOfVisit = 2;
/** TaskScheduled, TaskStarted, and TaskSucceeded, TaskFailed or TaskTimedOut; a lambda:invoke task has no others. */
const eventsOfAttempt = 3;
/** ExecutionStarted, and ExecutionSucceeded or ExecutionFailed. */
const eventsOfExecution = 2;

function stateOf(label: string): State {
  const state = states[label];
  if (state === undefined) throw new Error(`The machine has no state "${label}".`);
  return state;
}

/** Most events of one visit: every retrier is used up, each with its own count. */
function worstVisit(label: string): number {
  const { Type, Retry } = stateOf(label);
  const retries = Retry.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
  return eventsOfVisit + (Type === 'Task' ? eventsOfAttempt * (1 + retries) : 0);
}

/** Every state of a workflow that can be reached again from itself. */
function statesInLoops(workflow: Workflow): string[] {
  const reachable = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of successorsOf(stateOf(from))) {
      if (seen.has(next)) continue;
      seen.add(next);
      reachable(next, seen);
    }
    return seen;
  };
  return Object.keys(workflow.States).filter((label) => reachable(label).has(label));
}

const prepareLoop = ['Prepare job', 'Prepared?'];
const pollLoop = ['Wait', 'Poll job', 'Job over?'];
const planLoop = ['Plan run', 'Planned?'];
const attemptLoop = [...planLoop, 'Anything to do?', 'Run jobs'];
const collectLoop = ['Collect results', 'Everything collected?'];

/**
 * Most events of polling one job until it is given up, `maxPollingHours` after it was submitted.
 *
 * An attempt is Wait (2), Poll job (2 + 3 per attempt) and Job over? (2): 9 events for 600 s late in a job's life. A
 * retry adds 3 events, and its delay makes the job older, so that fewer attempts are left; which mix of retries costs
 * most depends on the age. So the age is gone through backwards, second by second, and at each the worst number of
 * retries is taken. Functions are assumed to answer in no time, which is the worst as well.
 */
function worstPolling(): number {
  const [retrier, ...others] = stateOf('Poll job').Retry;
  if (retrier === undefined || others.length > 0) throw new Error('This arithmetic knows one retrier of "Poll job".');
  const attempt = eventsOfVisit * pollLoop.length + eventsOfAttempt;
  const retryDelays = Array.from({ length: retrier.MaxAttempts + 1 }, (_, retries) => secondsOf(retrier, retries));
  const end = maxPollingHours * 3600;
  const worstFrom = new Int32Array(end + 1);
  for (let age = end; age >= 0; age--) {
    let worst = 0;
    for (const [retries, delay] of retryDelays.entries()) {
      // The poll at or behind the end is the last one.
      const rest = worstFrom[age + nextPollSeconds(age) + delay] ?? 0;
      worst = Math.max(worst, attempt + retries * eventsOfAttempt + rest);
    }
    worstFrom[age] = worst;
  }
  return worstFrom[0] ?? 0;
}

/**
 * Most events of preparing a job in turns. It waits for the root once: a job whose execution runs never loses the lock,
 * so that no later turn waits for it again.
 */
function worstPreparing(): number {
  const { Retry } = stateOf('Prepare job');
  const waits = Retry.find(({ ErrorEquals }) => ErrorEquals.includes(errorNames.folderBusy))?.MaxAttempts ?? 0;
  const [task = '', choice = ''] = prepareLoop;
  const turn = worstVisit(task) - eventsOfAttempt * waits + worstVisit(choice);
  return eventsOfAttempt * waits + maxTurns * turn;
}

test('the workflow of a job has no loops but preparing, polling and collecting, which are bounded', () => {
  expect(statesInLoops(job).sort()).toEqual([...prepareLoop, ...pollLoop, ...collectLoop].sort());
});

test('the workflow of a run has no loop but its attempts and the turns of planning one, which the plan bounds', () => {
  expect(statesInLoops(run).sort()).toEqual([...attemptLoop].sort());
});

test('no retrier of a job has jitter, which would make its waits shorter than the arithmetic takes them', () => {
  const strategies = Object.values(job.States).flatMap(({ Retry }) =>
    Retry.map(({ JitterStrategy }) => JitterStrategy),
  );

  expect(strategies.filter((strategy) => strategy !== undefined && strategy !== 'NONE')).toEqual([]);
});

test('a job that uses all its waits, retries, polls and turns stays under 20,000 events', () => {
  const loops = [...prepareLoop, ...pollLoop, ...collectLoop];
  const inNoLoop = Object.keys(job.States).filter((label) => !loops.includes(label));
  // An upper bound: no path visits all of them, and each visit uses all of its retries.
  const visitedOnce = inNoLoop.reduce((sum, label) => sum + worstVisit(label), 0);
  const collecting = maxTurns * collectLoop.reduce((sum, label) => sum + worstVisit(label), 0);

  const worst = eventsOfExecution + visitedOnce + worstPreparing() + worstPolling() + collecting;

  expect(worst).toBeLessThan(20_000);
  expect(worst).toBeLessThan(maxHistoryEvents);
});

test('a run that uses all its attempts, turns and dispatches stays under 20,000 events', () => {
  // The request's own, those of its retries, and the one in which `auto` falls back to staged jobs.
  const attempts = 1 + maxRetries + 1;
  // MapStateStarted and MapRunStarted, and how both ended.
  const mapRun = 4;
  const attempt = attemptLoop.reduce((sum, label) => sum + worstVisit(label), mapRun);
  const outside = Object.keys(run.States).filter((label) => !attemptLoop.includes(label));
  const visitedOnce = outside.reduce((sum, label) => sum + worstVisit(label), 0);

  const planning = maxTurns * planLoop.reduce((sum, label) => sum + worstVisit(label), 0);
  expect(eventsOfExecution + visitedOnce + attempts * (planning + maxDispatches * attempt)).toBeLessThan(20_000);
});

test('a job of 168 hours without errors takes about 10,000 events', () => {
  let polls = 0;
  for (let age = 0; age < 168 * 3600; age += nextPollSeconds(age)) polls += 1;

  expect(polls * (eventsOfVisit * pollLoop.length + eventsOfAttempt)).toBeLessThan(10_500);
});
