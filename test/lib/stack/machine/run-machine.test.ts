import aslValidator from 'asl-validator';
import { expect, test } from 'vitest';
import { errorNames } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { maxPollingHours } from '../../../../lambdas/shared/domain/job/next-poll.ts';
import { pascalCase } from '../../../../lib/stack/functions/step-lambdas.ts';
import { resourcesOf, templateWith, textOf } from '../stack-template.ts';
import { definitionText, type Retrier, readDefinition, secondsOf, successorsOf } from './machine-definition.ts';

const template = templateWith();
const { run, map, job } = readDefinition(template);
const allStates = [...Object.entries(run.States), ...Object.entries(job.States)];
const tasks = allStates.filter(([, { Type }]) => Type === 'Task');

function retrierOf(label: string, error: string): Retrier {
  const retrier = { ...run.States, ...job.States }[label]?.Retry.find(({ ErrorEquals }) => ErrorEquals.includes(error));
  if (retrier === undefined) throw new Error(`The state "${label}" does not retry ${error}.`);
  return retrier;
}

test('is a definition that a validator of the language accepts', () => {
  const { isValid, errorsText } = aslValidator(JSON.parse(definitionText(template)));

  expect(isValid, errorsText('\n')).toBe(true);
});

test('has the states of the diagram and no others', () => {
  expect(Object.keys(run.States).sort()).toEqual(
    [
      ...['Plan run', 'Planned?', 'Anything to do?', 'Run jobs', 'Report run', 'How did the run end?'],
      ...['Run finished', 'Run refused', 'Run failed'],
    ].sort(),
  );
  expect(Object.keys(job.States).sort()).toEqual(
    [
      ...['Prepare job', 'Prepared?', 'Start job', 'Wait', 'Poll job', 'Job over?', 'Settle job'],
      ...['Collect results', 'Everything collected?', 'Job done'],
    ].sort(),
  );
});

test('speaks JSONata throughout', () => {
  expect(run.QueryLanguage).toBe('JSONata');
  expect(definitionText(template)).not.toMatch(/JSONPath|\.\$"/);
});

test('runs the jobs as standard executions of their own, tolerates their failures and never begins them again', () => {
  expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
  expect(map.ToleratedFailurePercentage).toBe(100);
  expect(map.Label).toBe('RunJobs');
  expect(run.States['Run jobs']?.Retry).toEqual([]);
  expect(run.States['Run jobs']?.Output).toEqual({ dispatch: '{% $states.input.dispatch %}' });
});

test('takes as many jobs at a time as the plan says', () => {
  expect(map.MaxConcurrency).toBe('{% $states.input.jobsAtOnce %}');
});

test('leads every error of "Plan run" to the report', () => {
  expect(run.States['Plan run']?.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'Report run' }]);
});

test('asks the plan again after the jobs, however they ended', () => {
  const Output = { dispatch: '{% $states.input.dispatch %}' };
  expect(run.States['Run jobs']?.Catch).toEqual([{ ErrorEquals: ['States.ALL'], Next: 'Plan run', Output }]);
  expect(run.States['Run jobs']?.Next).toBe('Plan run');
});

test.each(['Prepare job', 'Start job', 'Poll job'])('leads every error of "%s" to "Settle job"', (label) => {
  expect(job.States[label]?.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'Settle job' }]);
});

test('collects what was written even when the job could not be settled', () => {
  expect(job.States['Settle job']?.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'Collect results' }]);
  expect(job.States['Settle job']?.Next).toBe('Collect results');
});

test('fails the execution of a job only where its results cannot be collected', () => {
  expect(job.States['Collect results']?.Catch).toEqual([]);
  expect(Object.values(job.States).filter(({ Type }) => Type === 'Fail')).toEqual([]);
});

test('ends a refused and a failed run as failed executions', () => {
  expect(run.States['Run refused']).toMatchObject({ Type: 'Fail', Error: errorNames.requestRefused });
  expect(run.States['Run failed']).toMatchObject({ Type: 'Fail', Error: 'RunFailed' });
});

test('leads from every state to an end', () => {
  for (const [label, state] of allStates) {
    const isEnd = ['Succeed', 'Fail'].includes(state.Type);
    expect(successorsOf(state).length > 0, label).toBe(!isEnd);
  }
});

test('bounds the execution, every wait and every task', () => {
  const functions = resourcesOf(template, 'AWS::Lambda::Function');
  const versions = resourcesOf(template, 'AWS::Lambda::Version');

  expect(run.TimeoutSeconds).toBe(90 * 24 * 3600);
  expect(tasks).toHaveLength(7);
  for (const [label, { TimeoutSeconds, Arguments }] of tasks) {
    const versionId = /:function:(\w+):1$/.exec(Arguments?.FunctionName ?? '')?.[1];
    const functionRef = textOf(versions.find(([id]) => id === versionId)?.[1].Properties.FunctionName);
    const timeout = functions.find(([id]) => functionRef === `<${id}>`)?.[1].Properties.Timeout;
    expect(TimeoutSeconds, label).toBeGreaterThan(Number(timeout));
  }
  expect(job.States.Wait?.Seconds).toBe('{% $states.input.waitSeconds %}');
});

test('invokes in each task the function of the step that it is named after', () => {
  for (const [label, { Arguments }] of tasks) {
    const step = label.toLowerCase().replace(' ', '-');
    expect(Arguments?.FunctionName, label).toContain(`:Steps${pascalCase(step)}Function`);
  }
});

test('matches only errors that a step throws or that AWS names', () => {
  const thrown: readonly string[] = Object.values(errorNames);
  const matched = allStates.flatMap(([, { Retry, Catch }]) =>
    [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
  );

  expect(matched.filter((name) => !thrown.includes(name) && !/^(States|Lambda|Sandbox|Runtime)\./.test(name))).toEqual(
    [],
  );
});

test('waits for the errors that pass by waiting, and for no other', () => {
  const waitedFor = [errorNames.folderBusy, errorNames.jobSlotsFull, errorNames.jobStillRunning];
  const retriedBy = (error: string) =>
    allStates
      .filter(([, { Retry }]) => Retry.some(({ ErrorEquals }) => ErrorEquals.includes(error)))
      .map(([label]) => label);

  expect(waitedFor.map(retriedBy)).toEqual([['Prepare job'], ['Start job'], ['Report run', 'Settle job']]);
  expect(retriedBy(errorNames.runNotOver)).toEqual([]);
  expect(retriedBy(errorNames.requestRefused)).toEqual([]);
  expect(retriedBy(errorNames.jobRefused)).toEqual([]);
  expect(retriedBy('States.ALL')).toEqual([]);
});

test.each([
  errorNames.throttled,
  ...['Lambda.ServiceException', 'Lambda.TooManyRequestsException', 'Lambda.Unknown'],
  ...['Sandbox.Timedout', 'Runtime.ExitError', 'States.Timeout'],
])('tries every task again after %s', (error) => {
  for (const [label] of tasks) expect(retrierOf(label, error).MaxAttempts, label).toBe(8);
});

test('waits for the root as long as the job before may have it', () => {
  const longestHold =
    secondsOf(retrierOf('Start job', errorNames.jobSlotsFull)) +
    maxPollingHours * 3600 +
    secondsOf(retrierOf('Settle job', errorNames.jobStillRunning));

  const wait = secondsOf(retrierOf('Prepare job', errorNames.folderBusy));

  expect(wait).toBeGreaterThan(longestHold);
  expect(wait).toBeLessThan(longestHold + 24 * 3600);
});

test('asks at least every 600 s while it waits, so that its place in the queue is kept', () => {
  const delays = allStates.flatMap(([, { Retry }]) => Retry.map(({ MaxDelaySeconds }) => MaxDelaySeconds));

  expect(Math.max(...delays)).toBe(600);
});

test('hands back the name of a job and no more, because the outputs of all jobs are in one state', () => {
  expect(job.States['Job done']?.Output).toEqual({ jobName: '{% $states.input.jobName %}' });
});
