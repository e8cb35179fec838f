import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { turnReserveMs } from '../domain/checkpoint.ts';
import { isTransient, messageOf, Throttled } from '../domain/errors/errors.ts';
import { runIdOf } from '../domain/state.ts';
import { readEnvironment, stackName } from './environment.ts';
import { type Counters, stackMetrics } from './metrics.ts';

/** The log, the metrics and the deadline of an invocation. */
export interface Invocation {
  /** Structured log; every line has the run and the job. */
  log: Logger;
  /** Metrics of the stack. */
  counters: Counters;
  /** When Lambda ends the function, in milliseconds since 1970. */
  deadline: number;
  /** Whether a step that works in turns must end this one. */
  isTimeUp(): boolean;
}

/** A step as a Lambda function: its name, input, output and work. */
export interface StepDefinition<Input extends z.ZodType, Output extends z.ZodType> {
  step: string;
  input: Input;
  output: Output;
  run(input: z.output<Input>, invocation: Invocation): Promise<z.output<Output>>;
}

/**
 * Returns the Lambda handler of a step with the one middleware stack: log context, metrics, input check, output check.
 *
 * Nothing sets a response on an error, because Step Functions must see every failure. A passing failure of an AWS
 * service becomes `Throttled`, the one such name that the machine retries.
 */
export function stepHandler<Input extends z.ZodType, Output extends z.ZodType>(
  definition: StepDefinition<Input, Output>,
) {
  const log = new Logger({ serviceName: definition.step });
  const { counters, publish } = stackMetrics(readEnvironment(z.object(stackName)).STACK_NAME);
  return middy()
    .use(logStartAndEnd(log, definition.step))
    .use(publish)
    .use(checkOutput(definition.output))
    .handler(async (event: unknown, context: Context): Promise<z.output<Output>> => {
      const input = definition.input.parse(event);
      const deadline = Date.now() + context.getRemainingTimeInMillis();
      const isTimeUp = () => Date.now() > deadline - turnReserveMs;
      try {
        return await definition.run(input, { log, counters, deadline, isTimeUp });
      } catch (error) {
        throw isTransient(error) ? new Throttled(messageOf(error), { cause: error }) : error;
      }
    });
}

function logStartAndEnd(log: Logger, step: string): MiddlewareObj {
  let startedAt = 0;
  return {
    before: ({ event, context }) => {
      startedAt = Date.now();
      log.resetKeys();
      log.addContext(context);
      log.appendKeys(referenceIn(event));
      log.info('Step:Started', { step });
    },
    after: () => log.info('Step:Ended', { step, durationMs: Date.now() - startedAt }),
    onError: ({ error }) => {
      log.error('Step:Failed', { step, durationMs: Date.now() - startedAt, ...(error ? { error } : {}) });
    },
  };
}

function checkOutput(schema: z.ZodType): MiddlewareObj {
  return {
    after: (request) => {
      request.response = schema.parse(request.response);
    },
  };
}

const jobEventSchema = z.object({ runId: z.string(), jobName: z.string().optional() });
const executionEventSchema = z.object({ executionName: z.string(), input: z.unknown() });

/** The run and the job of an event; the event of a whole run names its execution. */
function referenceIn(event: unknown): { runId?: string; jobName?: string | undefined } {
  const ofJob = jobEventSchema.safeParse(event);
  if (ofJob.success) return ofJob.data;
  const ofRun = executionEventSchema.safeParse(event);
  return ofRun.success ? { runId: runIdOf(ofRun.data) } : {};
}
