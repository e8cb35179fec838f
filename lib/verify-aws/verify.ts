import { writeFile } from 'node:fs/promises';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { messageOf } from '../../lambdas/shared/domain/errors/errors.ts';
import { confirm } from '../program/confirm.ts';
import { type Connection, connectionFrom } from '../program/connection.ts';
import { type Context, exitCodes } from '../program/context.ts';
import { findStack } from '../program/find-stack.ts';
import { CommandProblem, sentenceOf } from '../program/problem.ts';
import { answersTable } from './answers-table.ts';
import { batchJobs } from './jobs.ts';
import { objectsOf, ownPrefixes } from './objects.ts';
import { planFor, type VerifyOptions } from './plan.ts';
import { announcement } from './price.ts';
import type { Answer, Question, World } from './question.ts';
import { questions } from './questions/all.ts';
import { mainJob } from './questions/main-job.ts';
import { deployStack, destroyers, type RunCdk } from './stack.ts';

/** The process around `verify`. */
export interface VerifyContext extends Context {
  now: () => number;
  runCdk: RunCdk;
  /** Where the answers are written to, as JSON. */
  answersFile: string;
}

/** Jobs take minutes to hours on AWS; the local clock may pass a day in a second. */
const lookEveryMs = { aws: 30_000, local: 100 } as const;
/** The product's job may take a day, and so may those of the questions after it. */
const limitHours = { ask: 48, stop: 1 } as const;
/**
 * It takes a moment until a new role is known everywhere:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
 */
const rolesSettleMs = 20_000;

/**
 * Checks what AWS's documentation leaves open, and removes what it created. Returns the exit code.
 *
 * @param connection if it is not local, a stack is deployed and destroyed
 */
export async function verify(
  options: VerifyOptions,
  context: VerifyContext,
  connection: Connection = connectionFrom({
    ...context.environment,
    ...(options.region && { AWS_REGION: options.region }),
  }),
): Promise<number> {
  const { output, interrupted, runCdk, environment, answersFile, now } = context;
  const say = (text: string) => output.err.write(text);
  const { client, isLocal, label } = connection;
  const s3 = new S3Client({ ...client, forcePathStyle: isLocal });
  const clients = { s3, dynamodb: new DynamoDBClient(client), states: new SFNClient(client) };
  const bedrock = new BedrockClient(client);
  try {
    const plan = planFor(await bedrock.config.region(), options);
    const asked = questions.filter(({ number }) => options.only?.includes(number) ?? true);
    say(announcement(asked, plan, isLocal ? label : undefined));
    const asking = { action: 'Creating anything', signal: interrupted };
    if (!options.yes && !(await confirm('Continue?', context, asking))) {
      say('Nothing was created.\n');
      return exitCodes.failed;
    }
    const stack = isLocal ? await findStack(clients.states, label) : await deployStack(plan, runCdk, environment);
    if (!isLocal) await context.pause(rolesSettleMs, interrupted);
    const everyMs = isLocal ? lookEveryMs.local : lookEveryMs.aws;
    const jobsUntil = (hours: number, signal: AbortSignal) =>
      batchJobs(bedrock, stack, { ...context, interrupted: signal, everyMs, endsAt: now() + hours * 3_600_000 });
    const objects = objectsOf(s3, stack.bucket);
    const world = { plan, context, stack, clients, objects, jobs: jobsUntil(limitHours.ask, interrupted) };
    const removeOwn = () => Promise.all(ownPrefixes.map((prefix) => objects.remove(prefix)));
    try {
      // A killed verification has left them, and the product refuses to run beside their `.jsonl`.
      await removeOwn();
      const answers = await askAll(asked, world);
      const { clip, ...asPlanned } = plan;
      await writeFile(
        answersFile,
        `${JSON.stringify({ askedOf: label, at: new Date(now()), ...asPlanned, answers }, null, 2)}\n`,
      );
      output.out.write(answersTable(answers, output.out));
      say(`The answers, with what AWS said, are in ${answersFile}.\n`);
      if (interrupted.aborted) return exitCodes.interrupted;
      return answers.every(({ isAnswered }) => isAnswered) ? exitCodes.succeeded : exitCodes.failed;
    } finally {
      // Not interruptible: jobs and objects that stay cost money.
      const { stopAll } = jobsUntil(limitHours.stop, new AbortController().signal);
      const left = await endAll({
        'batch jobs': stopAll,
        ...(options.keep ? {} : { [`objects in ${stack.bucket}`]: removeOwn }),
        ...(options.keep || isLocal ? {} : destroyers(world, runCdk, environment)),
      });
      if (options.keep) left.push(`everything in ${stack.bucket}, and the stack, because of --keep`);
      say(left.length === 0 ? 'Nothing is left behind.\n' : `Left behind, for you to remove: ${left.join('; ')}.\n`);
    }
  } catch (error) {
    throw new CommandProblem(sentenceOf(error, label), { cause: error });
  } finally {
    for (const each of [bedrock, ...Object.values(clients)]) each.destroy();
  }
}

/**
 * The product's own job first: it runs every `.jsonl` in the bucket, and refuses to start beside those of the
 * questions.
 */
async function askAll(asked: readonly Question[], world: World): Promise<Answer[]> {
  const first = asked.includes(mainJob) ? [await askOne(mainJob, world)] : [];
  const others = asked.filter((question) => question !== mainJob);
  return [...first, ...(await Promise.all(others.map((question) => askOne(question, world))))];
}

/** An error is the answer to its own question only. */
async function askOne(question: Question, world: World): Promise<Answer> {
  const { number, asks, assumed } = question;
  try {
    world.context.interrupted.throwIfAborted();
    return { number, asks, assumed, isAnswered: true, ...(await question.ask(world)) };
  } catch (error) {
    return { number, asks, assumed, isAnswered: false, answer: messageOf(error), evidence: error };
  }
}

/** Removes one thing after the other, and returns those that are left, each with the reason. */
async function endAll(things: Record<string, () => Promise<unknown>>): Promise<string[]> {
  const left: string[] = [];
  for (const [thing, end] of Object.entries(things)) {
    await end().catch((error) => left.push(`${thing} (${sentenceOf(error).replace(/\.$/, '')})`));
  }
  return left;
}
