import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { resourcesOf, textOf } from '../stack-template.ts';

const retrierSchema = z.object({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number(),
  MaxAttempts: z.number(),
  BackoffRate: z.number(),
  MaxDelaySeconds: z.number(),
  JitterStrategy: z.string().optional(),
});
const stateSchema = z.object({
  Type: z.string(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(z.object({ Next: z.string(), Condition: z.string(), Output: z.unknown().optional() })).optional(),
  Retry: z.array(retrierSchema).default([]),
  Catch: z
    .array(z.object({ ErrorEquals: z.array(z.string()), Next: z.string(), Output: z.unknown().optional() }))
    .default([]),
  Arguments: z.object({ FunctionName: z.string(), Payload: z.string() }).optional(),
  Output: z.unknown().optional(),
  Seconds: z.unknown().optional(),
  Error: z.string().optional(),
  TimeoutSeconds: z.number().optional(),
});
const workflowSchema = z.object({ StartAt: z.string(), States: z.record(z.string(), stateSchema) });
const mapSchema = z.object({
  ItemProcessor: z.object({ ...workflowSchema.shape, ProcessorConfig: z.record(z.string(), z.string()) }),
  Items: z.string(),
  Label: z.string(),
  MaxConcurrency: z.string(),
  ToleratedFailurePercentage: z.number(),
});

export type Retrier = z.infer<typeof retrierSchema>;
export type State = z.infer<typeof stateSchema>;
export type Workflow = z.infer<typeof workflowSchema>;

/** The definition of the state machine as text, with references replaced by ARNs that look alike. */
export function definitionText(template: Template): string {
  const [[, machine] = []] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
  return textOf(machine?.Properties.DefinitionString)
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll(/<(\w+)>/g, 'arn:aws:lambda:us-east-1:111122223333:function:$1:1');
}

/** The workflow of a run, that of one of its jobs, and the map between them. */
export function readDefinition(template: Template) {
  const definition: unknown = JSON.parse(definitionText(template));
  const run = z
    .object({ ...workflowSchema.shape, TimeoutSeconds: z.number(), QueryLanguage: z.string() })
    .parse(definition);
  const { States } = z.object({ States: z.object({ 'Run jobs': mapSchema }) }).parse(definition);
  return { run, map: States['Run jobs'], job: States['Run jobs'].ItemProcessor satisfies Workflow };
}

/** The states that can follow a state, by its catchers too. */
export function successorsOf(state: State): string[] {
  return [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map(({ Next }) => Next),
    ...state.Catch.map(({ Next }) => Next),
  ].filter((next) => next !== undefined);
}

/** Seconds that the first `count` retries wait. */
export function secondsOf(
  retrier: Pick<Retrier, 'IntervalSeconds' | 'BackoffRate' | 'MaxDelaySeconds' | 'MaxAttempts'>,
  count = retrier.MaxAttempts,
): number {
  let seconds = 0;
  for (let retry = 0; retry < count; retry++) {
    seconds += Math.min(retrier.IntervalSeconds * retrier.BackoffRate ** retry, retrier.MaxDelaySeconds);
  }
  return Math.floor(seconds);
}
