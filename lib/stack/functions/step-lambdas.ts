import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { maxFunctionSeconds } from '../../../lambdas/shared/domain/limits.ts';
import type { StepName } from '../../../lambdas/shared/runtime/environment.ts';
import { bundleSteps } from './bundles.ts';
import { permissionsOf } from './permissions.ts';
import type { StepScope } from './statements.ts';
import { environmentOf } from './step-environment.ts';
import { StepLambda } from './step-lambda.ts';

interface StepLambdasProps extends StepScope {
  deadLetters: IQueue;
}

export type Steps = Readonly<Record<StepName, StepLambda>>;

/** How a function is made. */
interface FunctionFacts {
  description: string;
  timeout: Duration;
  memoryMiB: number;
  /** Its caller does not wait, so an event at which it fails each time becomes a dead letter. */
  isAsynchronous?: boolean;
}

/** Lambda's maximum, for steps that read whole buckets and jobs. */
const longest = { timeout: Duration.seconds(maxFunctionSeconds) };
const long = { ...longest, memoryMiB: 1024 };
/** Enough for a few calls to Bedrock and the table, with the SDK's retries. */
const short = { timeout: Duration.minutes(3), memoryMiB: 512 };

const functions: Readonly<Record<StepName, FunctionFacts>> = {
  'plan-run': { ...long, description: 'Validates a request, selects its media and plans the jobs' },
  'prepare-job': { ...long, description: 'Takes the lock on the root and writes the input of a job there' },
  'start-job': { ...short, description: 'Creates the Bedrock job' },
  'poll-job': { ...short, description: 'Asks Bedrock for the state of the job' },
  // It removes up to a copy per record, 1,000 a request.
  'settle-job': {
    ...short,
    ...longest,
    description: 'Removes input and copies of a job that is over, and releases the lock',
  },
  'collect-results': { ...long, description: 'Reads the output of a job and writes results and ledger' },
  'report-run': { ...long, description: 'Writes the outcome and the report of a run' },
  'recover-runs': { ...long, description: 'Resumes runs whose execution is gone' },
  'clean-up': {
    ...long,
    isAsynchronous: true,
    description: 'Removes old inputs, outputs and runs; never media, never results',
  },
  'on-upload': { ...short, isAsynchronous: true, description: 'Turns uploads into runs' },
  'on-schedule': { ...short, isAsynchronous: true, description: 'Starts the runs that are due' },
  'on-destroy': { ...longest, memoryMiB: 512, description: 'Stops executions and jobs when the stack is deleted' },
};

/** The functions of all steps, each with an environment and permissions of its own. */
export class StepLambdas extends Construct {
  readonly steps: Steps;

  constructor(scope: Construct, id: string, props: StepLambdasProps) {
    super(scope, id);
    const permissions = permissionsOf(props);
    this.steps = withCode(this, (codeOf) => {
      const make = (step: StepName) => {
        const { isAsynchronous, ...facts } = functions[step];
        return new StepLambda(this, pascalCase(step), {
          ...facts,
          code: codeOf(step),
          environment: environmentOf(step, props),
          permissions: permissions[step],
          logRetention: props.settings.logRetentionDays,
          encryptionKey: props.storage.encryptionKey,
          ...(isAsynchronous && { deadLetters: props.deadLetters }),
        });
      };
      return {
        'plan-run': make('plan-run'),
        'prepare-job': make('prepare-job'),
        'start-job': make('start-job'),
        'poll-job': make('poll-job'),
        'settle-job': make('settle-job'),
        'collect-results': make('collect-results'),
        'report-run': make('report-run'),
        'recover-runs': make('recover-runs'),
        'clean-up': make('clean-up'),
        'on-upload': make('on-upload'),
        'on-schedule': make('on-schedule'),
        'on-destroy': make('on-destroy'),
      };
    });
  }
}

/** Makes functions from bundles in a temporary folder; the CDK copies an asset when it is made. */
function withCode<T>(scope: Construct, make: (codeOf: (step: StepName) => Code) => T): T {
  // Tests that only read the template, and `cdk list`, need no bundles.
  if (!Stack.of(scope).bundlingRequired) return make(() => Code.fromInline('// not bundled'));
  const folder = mkdtempSync(join(tmpdir(), 'media-batch-bundles-'));
  try {
    bundleSteps(folder);
    return make((step) => Code.fromAsset(join(folder, step)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `PlanRun` for `plan-run`. */
export function pascalCase(step: string): string {
  return step.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
