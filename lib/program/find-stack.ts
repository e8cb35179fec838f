import { ListTagsForResourceCommand, paginateListStateMachines, type SFNClient } from '@aws-sdk/client-sfn';
import pMap from 'p-map';
import { stackTags } from '../../lambdas/shared/domain/stack-tags.ts';
import { CommandProblem } from './problem.ts';

/** A deployed stack: its state machine, and the values of that machine's tags. */
export type Stack = Record<keyof typeof stackTags | 'stateMachineArn', string>;

/** Options that choose a stack. */
export interface StackOptions {
  /** Name of the CloudFormation stack. */
  stack?: string;
  /** ARN. */
  stateMachine?: string;
}

/** ListTagsForResource allows 1 call a second after a burst of 100, so more at once would only be throttled. */
const tagReadsAtOnce = 4;

/**
 * Finds the stack of an account and Region: by state machine, by name, else the only one.
 *
 * @throws CommandProblem when there is none, or more than one
 */
export async function findStack(states: SFNClient, label: string, options: StackOptions = {}): Promise<Stack> {
  if (options.stateMachine !== undefined) return namedStack(states, options.stateMachine);
  const arns: string[] = [];
  for await (const page of paginateListStateMachines({ client: states }, {})) {
    for (const machine of page.stateMachines ?? []) {
      if (machine.type === 'STANDARD' && machine.stateMachineArn) arns.push(machine.stateMachineArn);
    }
  }
  let unreadable = 0;
  const found = await pMap(
    arns,
    async (arn) => {
      try {
        return await stackOf(states, arn);
      } catch (error) {
        // Other machines may deny access; the message says so only if no stack is found.
        if (!(error instanceof Error && error.name.startsWith('AccessDenied'))) throw error;
        unreadable += 1;
        return undefined;
      }
    },
    { concurrency: tagReadsAtOnce },
  );
  const all = found.filter((stack) => stack !== undefined);
  const stacks = options.stack === undefined ? all : all.filter(({ name }) => name === options.stack);
  if (stacks.length === 0 && options.stack !== undefined && all.length > 0) {
    const names = all.map(({ name }) => name).join(', ');
    throw new CommandProblem(
      `${label} has no stack of media-batch with the name ${JSON.stringify(options.stack)}, ` +
        `expected one of ${names}: correct --stack.`,
    );
  }
  const [stack, ...others] = stacks;
  if (stack === undefined) throw new CommandProblem(await noStack(states, label, arns.length, unreadable));
  if (others.length > 0) {
    const list = stacks
      .map(({ name, stateMachineArn, bucket }) => `${name}: ${stateMachineArn} (bucket ${bucket})`)
      .join(', ');
    throw new CommandProblem(
      `${label} has ${stacks.length} stacks of media-batch (${list}): choose one with --stack or --state-machine.`,
    );
  }
  return stack;
}

async function namedStack(states: SFNClient, stateMachineArn: string): Promise<Stack> {
  try {
    const stack = await stackOf(states, stateMachineArn);
    if (stack) return stack;
  } catch (error) {
    if (
      !(
        error instanceof Error &&
        /^(ResourceNotFound|StateMachineDoesNotExist|InvalidArn|ValidationException)/.test(error.name)
      )
    )
      throw error;
    throw new CommandProblem(
      `There is no state machine ${stateMachineArn}: correct --state-machine, or omit it to search for the stack.`,
      { cause: error },
    );
  }
  throw new CommandProblem(
    `The state machine ${stateMachineArn} lacks the tags of a media-batch stack ` +
      `(${Object.values(stackTags).join(', ')}): correct --state-machine.`,
  );
}

async function stackOf(states: SFNClient, stateMachineArn: string): Promise<Stack | undefined> {
  const { tags = [] } = await states.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }));
  const tag = (key: string) => tags.find((each) => each.key === key)?.value ?? '';
  const stack = {
    stateMachineArn,
    name: tag(stackTags.name),
    bucket: tag(stackTags.bucket),
    tableName: tag(stackTags.tableName),
    bedrockRoleArn: tag(stackTags.bedrockRoleArn),
    cleanUpFunction: tag(stackTags.cleanUpFunction),
    resultsPrefix: tag(stackTags.resultsPrefix),
    runsPrefix: tag(stackTags.runsPrefix),
  };
  return Object.values(stack).includes('') ? undefined : stack;
}

async function noStack(states: SFNClient, label: string, machines: number, unreadable: number): Promise<string> {
  const region = await states.config.region();
  const hidden = unreadable > 0 ? `, and the tags of ${unreadable} could not be read` : '';
  return (
    `${label} has no stack of media-batch in ${region} (none of ${machines} state machines has its tags${hidden}): ` +
    'deploy it with "npx cdk deploy", set AWS_REGION to its Region, or set AWS_ENDPOINT_URL to the local AWS.'
  );
}
