import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { Context } from '../program/context.ts';
import type { Stack } from '../program/find-stack.ts';
import { CommandProblem } from '../program/problem.ts';
import { objectsOf } from './objects.ts';
import type { Plan } from './plan.ts';

/** The name of the stack that is created and destroyed; no other stack has it. */
export const stackName = 'MediaBatchVerify';

/** What the questions need to know of the stack. */
export type DeployedStack = Pick<Stack, 'bucket' | 'tableName' | 'stateMachineArn' | 'bedrockRoleArn'>;

/** Runs the CDK CLI on this project's app, in an environment. @throws CommandProblem when it fails */
export type RunCdk = (args: readonly string[], environment: Context['environment']) => Promise<void>;

/**
 * The CDK CLI as a child process. Its output goes to stderr, because stdout is for the answers. Ctrl-C does not reach
 * it: an interrupted deployment would leave a stack whose bucket is unknown.
 */
export const runCdk: RunCdk = async (args, env) => {
  const cdk = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');
  const cwd = join(import.meta.dirname, '../..');
  const child = spawn(process.execPath, [cdk, ...args], { cwd, env, stdio: ['ignore', 2, 2], detached: true });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return;
  throw new CommandProblem(
    `"cdk ${args[0]} ${stackName}" ended with ${code}: see its output above, and look in the account for the ` +
      `stack ${stackName} and for buckets and tables whose names begin with that.`,
  );
};

/** CloudFormation begins the names of a stack's resources with the stack's name, so no other bucket can match. */
const outputsSchema = z.object({
  [stackName]: z.object({
    Bucket: z.string().startsWith(`${stackName.toLowerCase()}-`),
    TableName: z.string().startsWith(`${stackName}-`),
    StateMachineArn: z.string(),
    BedrockRoleArn: z.string(),
  }),
});

/** Deploys the stack for the models of a plan. @throws CommandProblem when it fails or is not a stack of its own */
export async function deployStack(
  plan: Plan,
  run: RunCdk,
  environment: Context['environment'],
): Promise<DeployedStack> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-aws-'));
  try {
    const file = join(folder, 'outputs.json');
    const options = ['--require-approval', 'never', '--outputs-file', file];
    await run(['deploy', ...argsFor(plan), ...options], environmentFor(plan, environment));
    const { data } = outputsSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (data) {
      const { Bucket, TableName, StateMachineArn, BedrockRoleArn } = data[stackName];
      return { bucket: Bucket, tableName: TableName, stateMachineArn: StateMachineArn, bedrockRoleArn: BedrockRoleArn };
    }
    throw new CommandProblem(
      `The stack ${stackName} has no bucket and table of its own: ` +
        'remove "bucketName" from cdk.json, and destroy the stack by hand.',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Functions that remove the deployed stack, and the bucket and table that it retains; by what each removes. */
export function destroyers(
  { plan, stack, clients }: { plan: Plan; stack: DeployedStack; clients: { s3: S3Client; dynamodb: DynamoDBClient } },
  run: RunCdk,
  environment: Context['environment'],
): Record<string, () => Promise<unknown>> {
  const { bucket, tableName } = stack;
  return {
    [`the stack ${stackName}`]: () => run(['destroy', ...argsFor(plan), '--force'], environmentFor(plan, environment)),
    [`the bucket ${bucket}`]: async () => {
      await objectsOf(clients.s3, bucket).remove('');
      await clients.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    },
    [`the table ${tableName}`]: () => clients.dynamodb.send(new DeleteTableCommand({ TableName: tableName })),
  };
}

function argsFor({ models }: Plan): string[] {
  const context = { stackName, models: models.map(({ id }) => id).join(','), outputPrefix: 'nova/batch/output/' };
  return [stackName, ...Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The environment without the user's own settings, above all without their bucket. */
function environmentFor({ region }: Plan, environment: Context['environment']): Context['environment'] {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('NOVA_BATCH_'));
  return { ...Object.fromEntries(kept), AWS_REGION: region };
}
