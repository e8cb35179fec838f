import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { type BedrockOptions, bedrockService } from './bedrock/service.ts';
import { type Clock, fastClock, realClock } from './clock.ts';
import { openDataFolder } from './data-folder.ts';
import type { Target } from './deploy/creator.ts';
import { customResources } from './deploy/custom-resources.ts';
import { type Deployment, deploy, destroy } from './deploy/deploy.ts';
import { type DynamodbOptions, dynamodbService } from './dynamodb/service.ts';
import { type Intercept, startEndpoint } from './endpoint.ts';
import { createBus, type EventScenario } from './events/bus.ts';
import { createQueues, type Message } from './events/queues.ts';
import { startSchedule } from './events/schedules.ts';
import { eventsService } from './events/service.ts';
import { type Access, createAccess } from './iam/access.ts';
import { credentialsOf } from './iam/credentials.ts';
import type { StartSandbox } from './lambda/sandbox.ts';
import { lambdaService } from './lambda/service.ts';
import { s3Service } from './s3/service.ts';
import { type Service, ServiceError } from './service.ts';
import { namedOutputs } from './stack-outputs.ts';
import { type StepFunctionsOptions, stepFunctionsService } from './step-functions/service.ts';
import { taskInvoker } from './step-functions/task-invoker.ts';

export { quotaOverridesSchema } from './bedrock/models.ts';
export { apiFaultSchema, type JobScenario, jobScenarioSchema } from './bedrock/scenario.ts';

/** What a local AWS is made of; the options of the local Bedrock among it. */
export interface LocalAwsOptions extends Pick<BedrockOptions, 'scenario' | 'faults' | 'quotas'> {
  /** A synthesized template, with its assets beside it. */
  templateFile: string;
  /** Everything is kept in it, for the next local AWS there. */
  dataFolder: string;
  /** Where tables lie; by default on disk, in the data folder. In memory they are faster and end with the local AWS. */
  tables?: DynamodbOptions['tables'];
  /** Default: any free port. */
  port?: number;
  /** Default: `fast`, which starts at the present or, if that is later, where the last one in this folder ended. */
  clock?: 'fast' | 'real' | Clock;
  /** Default: us-east-1. */
  region?: string;
  /** Which deliveries of events are lost or come twice; none by default. */
  events?: EventScenario;
  /** Told when an execution starts and ends; those of a distributed Map are left out. */
  onExecutionStatusChange?: StepFunctionsOptions['onStatusChange'];
  /** Whether a Map Run goes on when its parent was stopped; by default it ends with it. */
  outlivesParent?: StepFunctionsOptions['outlivesParent'];
  /** From 0 to 1; a seeded one makes the IDs of jobs and the order of their outputs repeatable. */
  random?: () => number;
  /** Names Map Runs, their children and executions without a name; by default random. */
  newId?: StepFunctionsOptions['newId'];
  /** What functions run in; by default a process each. */
  startSandbox?: StartSandbox;
  /** Stands between clients and services; by default lets everything through. */
  intercept?: Intercept;
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
  /** What was sent to a queue of the stack (its URL or ARN), in its order. @throws when there is no such queue */
  messages(queue: string): readonly Message[];
  /** What the stack's roles may do, and whether they have done it since the start. */
  grants: Access['grants'];
  /**
   * Deploys another template of the stack, as CloudFormation updates one: what runs goes on with its versions and its definition,
   * under the new permissions.
   *
   * @throws as `startLocalAws` for a template; what was changed until then stays so
   */
  update(templateFile: string): Promise<Deployment & ReturnType<typeof namedOutputs>>;
  /**
   * Deletes the stack, but for what its template retains; an update deploys it again.
   *
   * @throws one sentence when a resource cannot be deleted; those before it are gone, and another destroy goes on there
   */
  destroy(): Promise<void>;
  /** Ends everything that runs, and every process. */
  close(): Promise<void>;
}

const accountId = '000000000000';

/**
 * Starts a small AWS on this machine and deploys a synthesized stack into it.
 *
 * @throws one sentence when the port or the data folder is in use, or the template asks for more than there is here
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { region = 'us-east-1', port = 0 } = options;
  // What was opened is closed in reverse order: nothing answers any more when the data is put away.
  await using opened = new AsyncDisposableStack();
  const folder = openDataFolder(options.dataFolder);
  opened.defer(folder.close);
  const dataFolder = folder.path;
  const clock = clockFor(options.clock ?? 'fast', folder.lastTime());
  const saveTime = () => folder.saveTime(clock.now());
  opened.defer(saveTime);

  const access = createAccess(accountId);
  const queues = createQueues(access);
  // It hands nothing on before the stack is deployed: there are no rules.
  const bus = createBus({
    ...{ clock, accountId, region, queues, scenario: options.events },
    startExecution: (...execution) => stepFunctions.startExecution(...execution),
    invokeLater(functionArn, event, ruleArn) {
      access.authorize('events.amazonaws.com', 'lambda:InvokeFunction', functionArn, { 'aws:SourceArn': ruleArn });
      lambda.invokeLater(functionArn, event);
    },
  });
  const s3 = s3Service({
    ...{ dataFolder, clock, accountId },
    onObjectCreated: (detail) => {
      const resources = [`arn:aws:s3:::${detail.bucket.name}`];
      bus.putEvent({ source: 'aws.s3', 'detail-type': 'Object Created', resources, detail });
    },
  });
  opened.defer(s3.close);
  const dynamodb = dynamodbService({ dataFolder, accountId, region, tables: options.tables });
  opened.defer(dynamodb.close);
  const events = eventsService(bus, `arn:aws:events:${region}:${accountId}:event-bus/default`);
  const services: Record<string, Service> = { s3: s3.service, dynamodb: dynamodb.service, events };
  const endpoint = await startEndpoint(port, clock, services, access, options.intercept);
  opened.defer(endpoint.close);

  const { startSandbox, newId } = options;
  const lambda = lambdaService({
    ...{ clock, accountId, region, dataFolder, endpointUrl: endpoint.url, startSandbox },
    sendRecord: (roleArn, queueArn, body) => queues.send(roleArn, queueArn, { body, attributes: {} }),
  });
  opened.defer(lambda.close);
  const custom = customResources({ accountId, region, endpointUrl: endpoint.url, invoke: lambda.invoke });
  const connection = { endpoint: endpoint.url, region };
  let batchJobs = 0;
  /** Its requests say which job they are of, by its place in the order of creation. */
  const clientOfJob = (roleArn: string) =>
    new S3Client({ ...connection, credentials: credentialsOf(roleArn), userAgentAppId: `batch-job-${++batchJobs}` });
  const bedrock = bedrockService({ ...options, clock, accountId, region, dataFolder, s3: clientOfJob, access });
  opened.defer(bedrock.close);
  const ending = new AbortController();
  const stepFunctions = stepFunctionsService({
    ...{ clock, accountId, region, dataFolder, access, ...(newId && { newId }) },
    outlivesParent: options.outlivesParent,
    invokeFunction: taskInvoker(lambda, access),
    onStatusChange: (change) => {
      // Not only at the end, so that even a killed local AWS leaves no time in which the next one would live again.
      saveTime();
      options.onExecutionStatusChange?.(change);
      // What is cut off by the end of the local AWS is no news: whoever is told of it could not act on it.
      if (ending.signal.aborted) return;
      const resources = [change.executionArn];
      const kind = 'Step Functions Execution Status Change';
      bus.putEvent({ source: 'aws.states', 'detail-type': kind, resources, detail: change });
    },
  });
  opened.defer(stepFunctions.close);
  Object.assign(services, { lambda: lambda.service, bedrock: bedrock.service, states: stepFunctions.service });
  services.cloudformation = custom.service;
  // As AWS answers whoever asks the endpoint of one Region and signs for another.
  for (const [name, service] of Object.entries(services)) {
    if (name === 's3') continue;
    services[name] = (request, response) => {
      const message = `Credential should be scoped to a valid Region, not '${request.region}': this is ${region}.`;
      if (request.region !== region) throw new ServiceError('InvalidSignatureException', 403, message);
      return service(request, response);
    };
  }

  opened.defer(() => ending.abort());
  const client = new DynamoDBClient({ ...connection, credentials: credentialsOf('the administrator') });
  opened.defer(() => client.destroy());
  const target: Target = {
    ...{ accountId, region, access, dynamodb: client, lambda, queues, createBucket: s3.createBucket },
    createStateMachine: stepFunctions.createStateMachine,
    putRule: bus.putRule,
    askCustomResource: custom.ask,
    startSchedule: (schedule, removed) =>
      startSchedule(schedule, clock, AbortSignal.any([ending.signal, removed]), (event) => {
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
  let deployment = await deploy(options.templateFile, target);
  const named = namedOutputs(deployment.outputs);
  // A bucket that the stack only names is there already on AWS; here nobody else could have made it.
  if (![...deployment.resources.values()].some(({ ref }) => ref === named.bucket)) s3.createBucket(named.bucket);
  async function update(templateFile: string) {
    deployment = await clock.run(() => deploy(templateFile, target, deployment));
    return { ...deployment, ...namedOutputs(deployment.outputs) };
  }
  const all = opened.move();
  const close = () => all.disposeAsync();
  const { messages } = queues;
  const given = { endpoint: endpoint.url, region, clock, messages, grants: access.grants };
  return { ...deployment, ...named, ...given, update, destroy: () => destroy(deployment, target), close };
}

function clockFor(kind: 'fast' | 'real' | Clock, lastTime: number): Clock {
  if (typeof kind === 'object') return kind;
  if (kind === 'fast') return fastClock(Math.max(Date.now(), lastTime));
  if (lastTime <= Date.now()) return realClock();
  throw new Error(
    `The data folder has lived until ${new Date(lastTime).toISOString()} on a fast clock, expected a time in the past: ` +
      'choose another folder with --data or go on with --clock fast.',
  );
}
