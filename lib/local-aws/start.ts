import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Clock, fastClock, realClock } from './clock.ts';
import { openDataFolder } from './data-folder.ts';
import type { Target } from './deploy/creator.ts';
import { type Deployment, deploy, destroy } from './deploy/deploy.ts';
import type { Message } from './events/queues.ts';
import { startSchedule } from './events/schedules.ts';
import { type Access, credentialsOf } from './iam/access.ts';
import { type ServicesOptions, startServices } from './services.ts';

export { apiFaultSchema, type JobScenario, jobScenarioSchema } from './bedrock/scenario.ts';

/** Settings of a local AWS. */
export interface LocalAwsOptions extends ServicesOptions {
  /** A synthesized template, with its assets beside it. */
  templateFile: string;
  /** Keeps all state, for the next local AWS in this folder. */
  dataFolder: string;
  /** Default: `fast`, which starts now or, if that is later, where the last one in this folder ended. */
  clock?: 'fast' | 'real' | Clock;
}

/** A running local AWS with the stack deployed. */
export interface LocalAws extends Deployment {
  /** URL for `AWS_ENDPOINT_URL`. */
  endpoint: string;
  region: string;
  clock: Clock;
  bucket: string;
  tableName: string;
  stateMachineArn: string;
  bedrockRoleArn: string;
  /** Names of the functions, by the folder under `lambdas/`. */
  functions: Record<string, string>;
  /** The messages of a queue of the stack (URL or ARN), oldest first. @throws when there is no such queue */
  messages(queue: string): readonly Message[];
  /** What the stack's roles may do, and whether they have done it since the start. */
  grants: Access['grants'];
  /**
   * Updates the stack from another template, as CloudFormation does. Running executions keep their versions and their
   * definition, under the new permissions.
   *
   * @throws like `startLocalAws` for a template; what was changed before stays changed
   */
  update(templateFile: string): Promise<Deployment & ReturnType<typeof namedOutputs>>;
  /**
   * Deletes the stack except for retained resources; an update deploys it again.
   *
   * @throws one sentence when a resource cannot be deleted; another destroy continues there
   */
  destroy(): Promise<void>;
  /** Stops everything, processes included. */
  close(): Promise<void>;
}

/**
 * Starts a small AWS on this machine and deploys a synthesized stack into it.
 *
 * @throws one sentence when the port or the data folder is in use, or the template needs what is not simulated
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  // Closed in reverse order: the endpoint stops before the data is closed.
  await using opened = new AsyncDisposableStack();
  const folder = openDataFolder(options.dataFolder);
  opened.defer(folder.close);
  const clock = clockFor(options.clock ?? 'fast', folder.lastTime());
  const saveTime = () => folder.saveTime(clock.now());
  opened.defer(saveTime);
  const services = await startServices(options, { dataFolder: folder.path, clock, saveTime }, opened);
  const { url, region, s3, access, queues } = services;
  const dynamodb = new DynamoDBClient({ endpoint: url, region, credentials: credentialsOf('the administrator') });
  opened.defer(() => dynamodb.destroy());
  const target = targetOf(services, clock, dynamodb);
  let deployment = await deploy(options.templateFile, target);
  const named = namedOutputs(deployment.outputs);
  // A bucket that the stack only names exists already on AWS; here no one else could have made it.
  if (![...deployment.resources.values()].some(({ ref }) => ref === named.bucket)) s3.createBucket(named.bucket);
  async function update(templateFile: string) {
    deployment = await clock.run(() => deploy(templateFile, target, deployment));
    return { ...deployment, ...namedOutputs(deployment.outputs) };
  }
  const all = opened.move();
  const close = () => all.disposeAsync();
  const given = { endpoint: url, region, clock, messages: queues.messages, grants: access.grants };
  return { ...deployment, ...named, ...given, update, destroy: () => destroy(deployment, target), close };
}

type Services = Awaited<ReturnType<typeof startServices>>;

/** What a stack is deployed into. */
function targetOf(services: Services, clock: Clock, dynamodb: DynamoDBClient): Target {
  const { s3, lambda, stepFunctions, bus, access, queues, ending } = services;
  return {
    ...services,
    dynamodb,
    createBucket: s3.createBucket,
    createStateMachine: stepFunctions.createStateMachine,
    putRule: bus.putRule,
    startSchedule: (schedule, removed) =>
      startSchedule(schedule, clock, AbortSignal.any([ending, removed]), (event) => {
        const { roleArn, targetArn, deadLetterArn } = schedule;
        try {
          access.authorize(roleArn, 'lambda:InvokeFunction', targetArn);
          lambda.invokeLater(targetArn, event);
        } catch (error) {
          queues.bury(roleArn, deadLetterArn, { body: event, targetArn, error });
        }
      }),
    removals: {
      bucket: s3.deleteBucket,
      function: lambda.deleteFunction,
      stateMachine: stepFunctions.deleteStateMachine,
      rule: bus.deleteRule,
    },
  };
}

function clockFor(kind: 'fast' | 'real' | Clock, lastTime: number): Clock {
  if (typeof kind === 'object') return kind;
  if (kind === 'fast') return fastClock(Math.max(Date.now(), lastTime));
  if (lastTime <= Date.now()) return realClock();
  throw new Error(
    `The fast clock of this data folder is at ${new Date(lastTime).toISOString()}, later than now: ` +
      'choose another folder with --data, or use --clock fast.',
  );
}

/** The outputs of the stack, by the names of `LocalAws`. */
function namedOutputs(outputs: Record<string, string>) {
  const output = (name: string): string => {
    if (outputs[name] !== undefined) return outputs[name];
    const names = Object.keys(outputs).join(', ');
    throw new Error(`The stack has no output ${name}, only ${names}: deploy the template of this project.`);
  };
  const functions: Record<string, string> = {};
  for (const [name, functionName] of Object.entries(outputs)) {
    const [, pascalCase] = /^(\w+)Function$/.exec(name) ?? [];
    const step = pascalCase?.replaceAll(/\B[A-Z]/g, '-$&').toLowerCase();
    if (step !== undefined) functions[step] = functionName;
  }
  return {
    bucket: output('Bucket'),
    tableName: output('TableName'),
    stateMachineArn: output('StateMachineArn'),
    bedrockRoleArn: output('BedrockRoleArn'),
    functions,
  };
}
