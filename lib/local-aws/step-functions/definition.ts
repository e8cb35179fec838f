import validate from 'asl-validator';
import { z } from 'zod';
import { compileExpression, describeError, isExpression } from './jsonata.ts';

// What of the States Language runs here. Which field belongs to which state is for asl-validator to say; a field that
// is not here at all would be ignored by the interpreter, so it is refused.
const text = z.string().min(1);
const count = z.union([z.int().min(0), z.string()]);
const exit = { Next: text.optional(), Output: z.unknown().optional(), Assign: z.record(text, z.unknown()).optional() };
const comments = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const isAlone = (names: string[]) => names.length === 1 || !names.includes('States.ALL');
const errorNames = z.array(text).min(1).refine(isAlone, '"States.ALL" must stand alone');
const handler = { Comment: z.string().optional(), ErrorEquals: errorNames };
const retrier = z.strictObject({
  ...handler,
  IntervalSeconds: z.int().min(1).max(99_999_999).default(1),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).default(31_622_400),
  MaxAttempts: z.int().min(0).max(99_999_999).default(3),
  JitterStrategy: z.enum(['NONE', 'FULL']).default('NONE'),
});
const plainState = z.strictObject({
  Type: z.enum(['Pass', 'Wait', 'Choice', 'Succeed', 'Fail', 'Task', 'Parallel', 'Map']),
  ...comments,
  ...exit,
  End: z.literal(true).optional(),
  Seconds: count.optional(),
  Timestamp: text.optional(),
  Choices: z.array(z.strictObject({ Comment: z.string().optional(), Condition: text, ...exit })).default([]),
  Default: text.optional(),
  Error: text.optional(),
  Cause: text.optional(),
  Resource: z
    .string()
    .regex(/^arn:[a-z-]+:states:::lambda:invoke$/, 'expected the integration lambda:invoke')
    .optional(),
  Arguments: z.strictObject({ FunctionName: text, Payload: z.unknown().optional() }).optional(),
  TimeoutSeconds: count.optional(),
  Retry: z.array(retrier).default([]),
  Catch: z.array(z.strictObject({ ...handler, ...exit })).default([]),
  Items: z.unknown().optional(),
  ItemSelector: z.unknown().optional(),
  MaxConcurrency: count.default(0),
  ToleratedFailureCount: count.optional(),
  ToleratedFailurePercentage: count.optional(),
  Label: z.string().max(40).optional(),
});
const plainWorkflow = z.strictObject({
  ...comments,
  StartAt: text,
  ProcessorConfig: z
    .strictObject({ Mode: z.enum(['INLINE', 'DISTRIBUTED']), ExecutionType: z.literal('STANDARD').optional() })
    .optional(),
});

export type Retrier = z.infer<typeof retrier>;
export interface State extends z.infer<typeof plainState> {
  Branches: Workflow[];
  ItemProcessor?: Workflow | undefined;
}
export interface Workflow extends z.infer<typeof plainWorkflow> {
  States: Record<string, State>;
  TimeoutSeconds?: number | undefined;
}
const state: z.ZodType<State> = z.lazy(() =>
  plainState
    .extend({ Branches: z.array(workflow).default([]), ItemProcessor: workflow.optional() })
    .refine(isTolerantOnlyIfDistributed, 'Label and ToleratedFailure… belong to a distributed Map'),
);
const workflow: z.ZodType<Workflow> = z.lazy(() => plainWorkflow.extend({ States: z.record(text, state) }));
const definition = plainWorkflow.extend({
  QueryLanguage: z.literal('JSONata', 'expected "JSONata"'),
  States: z.record(text, state),
  TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
});

function isTolerantOnlyIfDistributed(map: State): boolean {
  const distributed = [map.Label, map.ToleratedFailureCount, map.ToleratedFailurePercentage];
  return (
    map.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED' || distributed.every((field) => field === undefined)
  );
}

/** What is wrong with a value, in words. */
export function firstIssue({ issues: [issue] }: z.ZodError): string {
  return `at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`;
}

/** asl-validator takes a quarter of a second, which counts where one process starts many local AWSs. */
const foundValid = new Set<string>();

/**
 * Reads a state machine's definition.
 *
 * @throws one sentence: where the definition is not JSON, is invalid, or uses what does not run here
 */
export function parseDefinition(machineName: string, json: string): Workflow {
  try {
    JSON.parse(json, (_field, value) => (isExpression(value) ? compileExpression(value) : value));
    const parsed = definition.safeParse(JSON.parse(json));
    if (!parsed.success) throw new Error(`${firstIssue(parsed.error)} (only a part of the language runs here)`);
    if (!foundValid.has(json)) {
      const verdict = validate(JSON.parse(json, forValidator));
      if (!verdict.isValid) throw new Error(verdict.errorsText('; '));
      foundValid.add(json);
    }
    return parsed.data;
  } catch (error) {
    throw new Error(`State machine "${machineName}" is refused: ${describeError(error)}.`, { cause: error });
  }
}

/** asl-validator takes only objects as Output, no empty strings and no line breaks; the service takes all three. */
function forValidator(field: string, value: unknown): unknown {
  const plain = typeof value === 'string' ? value.replace(/\s+/g, ' ') || ' ' : value;
  return field === 'Output' ? { plain } : plain;
}
