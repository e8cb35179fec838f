import { z } from 'zod';
import { reasonOf } from '../reason.ts';
import { compileExpression, isExpression } from './jsonata.ts';

// The simulated part of the States Language (https://states-language.net/spec.html). The rest is refused instead of
// ignored.
const text = z.string().min(1);
const count = z.union([z.int().min(0), z.string()]);
const notes = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const leaving = { Output: z.unknown().optional(), Assign: z.record(text, z.unknown()).optional() };
const isAlone = (names: string[]) => names.length === 1 || !names.includes('States.ALL');
const errorNames = z.array(text).min(1).refine(isAlone, '"States.ALL" must stand alone');
const handler = { Comment: z.string().optional(), ErrorEquals: errorNames };
const retrier = z.strictObject({
  ...handler,
  IntervalSeconds: z.int().min(1).max(99_999_999).default(1),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).default(31_622_400),
  MaxAttempts: z.int().min(0).max(99_999_999).default(3),
});
const plain = { ...notes, ...leaving };
const passing = { ...plain, Next: text.optional(), End: z.literal(true).optional() };
const failing = {
  Retry: z.array(retrier).default([]),
  Catch: z.array(z.strictObject({ ...handler, ...leaving, Next: text })).default([]),
};
const choice = z.strictObject({ Comment: z.string().optional(), Condition: text, ...leaving, Next: text });
const distributedOnly = ['Label', 'ToleratedFailureCount', 'ToleratedFailurePercentage'];

export type Retrier = z.infer<typeof retrier>;
export type State = z.infer<typeof state>;
export type StateOf<Type extends State['Type']> = Extract<State, { Type: Type }>;
export interface Workflow {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number | undefined;
  ProcessorConfig?: { Mode: z.infer<typeof mode> } | undefined;
}

const mode = z.enum(['INLINE', 'DISTRIBUTED']);
const processorConfig = z.strictObject({ Mode: mode, ExecutionType: z.literal('STANDARD').optional() });
const workflow: z.ZodType<Workflow> = z.lazy(() =>
  z.strictObject({ ...path(), ProcessorConfig: processorConfig.optional() }).superRefine(checkPaths),
);
const state = z.discriminatedUnion('Type', [
  z.strictObject({ Type: z.literal('Pass'), ...passing }),
  z.strictObject({ Type: z.literal('Wait'), ...passing, Seconds: count }),
  z.strictObject({ Type: z.literal('Choice'), ...plain, Choices: z.array(choice).min(1), Default: text.optional() }),
  z.strictObject({ Type: z.literal('Succeed'), ...notes, Output: leaving.Output }),
  z.strictObject({ Type: z.literal('Fail'), ...notes, Error: text.optional(), Cause: text.optional() }),
  z.strictObject({
    Type: z.literal('Task'),
    ...passing,
    ...failing,
    Resource: z.string().regex(/^arn:[a-z-]+:states:::lambda:invoke$/, 'expected the integration lambda:invoke'),
    Arguments: z.strictObject({ FunctionName: text, Payload: z.unknown().optional() }),
    TimeoutSeconds: count.optional(),
  }),
  z.strictObject({ Type: z.literal('Parallel'), ...passing, ...failing, Branches: z.array(workflow).min(1) }),
  z
    .strictObject({
      Type: z.literal('Map'),
      ...passing,
      ...failing,
      Items: z.unknown().optional(),
      ItemSelector: z.unknown().optional(),
      ItemProcessor: workflow,
      MaxConcurrency: count.default(0),
      ToleratedFailureCount: count.optional(),
      ToleratedFailurePercentage: count.optional(),
      Label: z.string().max(40).optional(),
    })
    .refine(
      ({ ItemProcessor, ...fields }) =>
        ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED' || !distributedOnly.some((field) => field in fields),
      `only a distributed Map has ${distributedOnly.join(', ')}`,
    ),
]);
const path = () => ({ ...notes, StartAt: text, States: z.record(text, state) });
const definition = z
  .strictObject({
    ...path(),
    QueryLanguage: z.literal('JSONata', 'expected "JSONata"'),
    TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
  })
  .superRefine(checkPaths);

type Exits = { Next?: string | undefined; Default?: string | undefined; Choices?: Exits[]; Catch?: Exits[] };
const targetsOf = ({ Next, Default, Choices = [], Catch = [] }: Exits): string[] =>
  [Next ?? [], Default ?? [], [...Choices, ...Catch].flatMap(targetsOf)].flat();

/** Checks that every path leads to an end. */
function checkPaths({ StartAt, States }: Workflow, context: z.RefinementCtx): void {
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  for (const target of [StartAt, ...Object.values<Exits & { Type: string }>(States).flatMap(targetsOf)]) {
    if (!States[target]) refuse(`there is no state "${target}"`);
  }
  const isLast = ({ Type }: State) => Type === 'Choice' || Type === 'Succeed' || Type === 'Fail';
  for (const [name, state] of Object.entries(States)) {
    if (!isLast(state) && 'End' in state === 'Next' in state) refuse(`"${name}" must have either Next or End`);
  }
}

/**
 * Reads a state machine's definition.
 *
 * @throws one sentence: where the definition is not JSON, is invalid, or uses what is not simulated
 */
export function parseDefinition(machineName: string, json: string): Workflow {
  try {
    JSON.parse(json, (_field, value) => (isExpression(value) ? compileExpression(value) : value));
    const parsed = definition.safeParse(JSON.parse(json));
    if (parsed.success) return parsed.data;
    throw new Error(`${reasonOf(parsed.error)} (only a part of the language is simulated)`);
  } catch (error) {
    throw new Error(`State machine "${machineName}" is refused: ${reasonOf(error)}.`, { cause: error });
  }
}
