import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { offeredModelIds } from '../../../lambdas/shared/domain/model/offered-models.ts';
import type { LocalAwsOptions } from '../../../lib/local-aws/start.ts';
import { localConnection } from '../../../lib/program/connection.ts';
import { CommandProblem } from '../../../lib/program/problem.ts';
import { verifyCommand } from '../../../lib/verify-aws/command.ts';
import type { VerifyOptions } from '../../../lib/verify-aws/plan.ts';
import type { Answer } from '../../../lib/verify-aws/question.ts';
import { type VerifyContext, verify } from '../../../lib/verify-aws/verify.ts';
import { startLocalStack } from '../../support/local-stack.ts';
import { templateWithSettings } from '../../support/template.ts';
import { capturedContext } from '../cli/captured-context.ts';

/** The length of every pause on the clock of the local AWS: short enough to see each status of a job. */
const pauseMs = 30_000;
const slowJob = { submitted: 60, validating: 60, scheduled: 60, inProgress: 180 };

/** What is different on the AWS of a test. */
interface AwsChanges extends Partial<VerifyContext> {
  say?: string;
  /** In place of the outputs of the stack. */
  outputs?: Record<string, string>;
  /** What the CDK cannot do. */
  failing?: 'deploy' | 'destroy';
}

/** How a verification ended. */
export interface Verified {
  exitCode: number;
  out: string;
  err: string;
  answers: Answer[];
}

/** The stack on a local AWS under the name that verify:aws gives it, and verify:aws itself on the clock of that AWS. */
export async function startVerifyWorld(options: Partial<LocalAwsOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'verify-aws-test-'));
  const context = { stackName: 'MediaBatchVerify', models: offeredModelIds('us-east-1').join(',') };
  const templateFile = templateWithSettings(context);
  const scenario: LocalAwsOptions['scenario'] = (job) => ({ ...slowJob, ...options.scenario?.(job) });
  const stack = await startLocalStack({ templateFile, ...options, scenario });
  const answersFile = join(folder, 'verify-aws.json');

  async function asking(
    ask: (context: VerifyContext) => Promise<number>,
    changes: Partial<VerifyContext> & { say?: string } = {},
  ): Promise<Verified> {
    const { say, ...changed } = changes;
    const captured = capturedContext({ environment: { AWS_ENDPOINT_URL: stack.aws.endpoint }, stdin: say });
    if (say !== undefined) Object.assign(captured.context.stdin, { isTTY: true });
    rmSync(answersFile, { force: true });
    // The clock stands still unless everybody here pauses, so that no job runs away between two looks at it.
    const exitCode = await stack.aws.clock.run((turn) => {
      let pausing: Promise<void> | undefined;
      const pause = () => {
        pausing ??= turn.sleep(pauseMs).finally(() => {
          pausing = undefined;
        });
        return pausing;
      };
      const now = stack.aws.clock.now;
      const runCdk = () => Promise.reject(new Error('The CDK was not to be asked.'));
      return ask({ ...captured.context, pause, now, runCdk, answersFile, ...changed });
    });
    const answers = existsSync(answersFile) ? JSON.parse(readFileSync(answersFile, 'utf8')).answers : [];
    return { exitCode, ...captured.written, answers };
  }

  return {
    stack,

    async jobs() {
      const { invocationJobSummaries = [] } = await stack.bedrock.send(new ListModelInvocationJobsCommand({}));
      return invocationJobSummaries;
    },

    /** What the command line does on an endpoint of this machine. */
    command: (args: readonly string[], changes?: Partial<VerifyContext> & { say?: string }) =>
      asking((context) => verifyCommand(args, context), changes),

    /** The same where this local AWS stands for AWS itself, and a fake CDK for the CDK. */
    async onAws(only: readonly number[], options: Partial<VerifyOptions> = {}, changes: AwsChanges = {}) {
      const { outputs: changedOutputs, failing, ...changed } = changes;
      const cdkCalls: { args: readonly string[]; environment: Readonly<Record<string, string | undefined>> }[] = [];
      const { bucket, tableName, stateMachineArn, bedrockRoleArn } = stack.aws;
      const outputs = {
        Bucket: bucket,
        TableName: tableName,
        StateMachineArn: stateMachineArn,
        BedrockRoleArn: bedrockRoleArn,
        ...changedOutputs,
      };
      const runCdk: VerifyContext['runCdk'] = async (args, environment) => {
        cdkCalls.push({ args, environment });
        if (args[0] === failing) throw new CommandProblem(`"cdk ${failing}" ended with 1.`);
        const file = args[args.indexOf('--outputs-file') + 1];
        if (args[0] === 'deploy') await writeFile(file ?? '', JSON.stringify({ MediaBatchVerify: outputs }));
      };
      const aws = { ...localConnection(stack.aws.endpoint), label: 'AWS', isLocal: false };
      const verified = await asking(
        (context) => verify({ yes: true, folderGb: 0.01, only, ...options }, context, aws),
        { runCdk, ...changed },
      );
      return { ...verified, cdkCalls };
    },

    async close() {
      await stack.close();
      rmSync(folder, { recursive: true });
    },
  };
}
