import { S3Client } from '@aws-sdk/client-s3';
import { type BedrockOptions, bedrockService } from './bedrock/service.ts';
import type { Clock } from './clock.ts';
import { customResources } from './deploy/custom-resources.ts';
import { type DynamodbOptions, dynamodbService } from './dynamodb/service.ts';
import { type Intercept, startEndpoint } from './endpoint.ts';
import { createBus, type EventScenario } from './events/bus.ts';
import { createQueues } from './events/queues.ts';
import { eventsService } from './events/service.ts';
import { type Access, createAccess, credentialsOf } from './iam/access.ts';
import type { StartSandbox } from './lambda/sandbox.ts';
import { lambdaService } from './lambda/service.ts';
import { s3Service } from './s3/service.ts';
import { type Service, ServiceError } from './service.ts';
import type { InvokeFunction } from './step-functions/run.ts';
import { type StepFunctionsOptions, stepFunctionsService } from './step-functions/service.ts';
import { TaskError } from './step-functions/task-error.ts';

/** How the services of a local AWS behave. */
export interface ServicesOptions extends Pick<BedrockOptions, 'models' | 'scenario' | 'faults' | 'quotas'> {
  /** Default: any free port. */
  port?: number;
  /** Default: us-east-1. */
  region?: string;
  /** Default: on disk, in the data folder. In memory tables are faster and end with the local AWS. */
  tables?: DynamodbOptions['tables'];
  /** Which deliveries of events are lost or come twice; none by default. */
  events?: EventScenario;
  /** Called when an execution starts and ends, except for the executions of a distributed Map. */
  onExecutionStatusChange?: StepFunctionsOptions['onStatusChange'];
  /** Whether a Map Run continues after its parent was stopped; by default it ends with it. */
  outlivesParent?: StepFunctionsOptions['outlivesParent'];
  /** From 0 to 1; a seeded one makes the IDs of jobs and the order of their outputs repeatable. */
  random?: () => number;
  /** Names Map Runs, their children and executions without a name; by default random. */
  newId?: StepFunctionsOptions['newId'];
  /** What functions run in; by default a process each. */
  startSandbox?: StartSandbox;
  /** Sees each request before it is served; by default serves it. */
  intercept?: Intercept;
}

/** Where the services keep their data, and by which clock. */
interface Place {
  dataFolder: string;
  clock: Clock;
  /** Keeps the clock's time for the next local AWS in this folder. */
  saveTime(): void;
}

const accountId = '000000000000';

/** Starts all services behind one endpoint, without a stack yet. `opened` closes them in reverse order. */
export async function startServices(options: ServicesOptions, place: Place, opened: AsyncDisposableStack) {
  const { dataFolder, clock, saveTime } = place;
  const { region = 'us-east-1', port = 0, startSandbox, newId } = options;
  const access = createAccess(accountId);
  const queues = createQueues(access);
  // It delivers nothing before the stack is deployed: there are no rules.
  const bus = createBus({
    ...{ clock, accountId, region, queues, scenario: options.events },
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

  const lambda = lambdaService({
    ...{ clock, accountId, region, dataFolder, endpointUrl: endpoint.url, startSandbox },
    sendRecord: (roleArn, queueArn, body) => queues.send(roleArn, queueArn, { body, attributes: {} }),
  });
  opened.defer(lambda.close);
  const custom = customResources({ accountId, region, endpointUrl: endpoint.url, invoke: lambda.invoke });
  let batchJobs = 0;
  /** Its requests name the job by its place in the order of creation. */
  const clientOfJob = (roleArn: string) =>
    new S3Client({
      ...{ endpoint: endpoint.url, region, credentials: credentialsOf(roleArn) },
      userAgentAppId: `batch-job-${++batchJobs}`,
    });
  const bedrock = bedrockService({ ...options, clock, accountId, region, dataFolder, s3: clientOfJob, access });
  opened.defer(bedrock.close);
  const ending = new AbortController();
  const stepFunctions = stepFunctionsService({
    ...{ clock, accountId, region, dataFolder, access, ...(newId && { newId }) },
    outlivesParent: options.outlivesParent,
    invokeFunction: taskInvoker(lambda, access),
    onStatusChange: (change) => {
      // Not only at the end: after a killed local AWS, the next one may not repeat a time.
      saveTime();
      options.onExecutionStatusChange?.(change);
      // Executions that the end of the local AWS interrupts are not announced: no rule could act on them any more.
      if (ending.signal.aborted) return;
      const resources = [change.executionArn];
      const kind = 'Step Functions Execution Status Change';
      bus.putEvent({ source: 'aws.states', 'detail-type': kind, resources, detail: change });
    },
  });
  opened.defer(stepFunctions.close);
  Object.assign(services, { lambda: lambda.service, bedrock: bedrock.service, states: stepFunctions.service });
  services.cloudformation = custom.service;
  for (const [name, service] of Object.entries(services)) if (name !== 's3') services[name] = onlyIn(region, service);
  opened.defer(() => ending.abort());
  const shared = { url: endpoint.url, accountId, region, access, queues, bus, ending: ending.signal };
  return { ...shared, s3, lambda, stepFunctions, askCustomResource: custom.ask };
}

/** Refuses a request that is signed for another Region, as AWS does. */
function onlyIn(region: string, service: Service): Service {
  return (request, response) => {
    if (request.region === region) return service(request, response);
    const message = `Credential should be scoped to a valid Region, not '${request.region}': this is ${region}.`;
    throw new ServiceError('InvalidSignatureException', 403, message);
  };
}

/** Invokes functions for Task states: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html */
function taskInvoker(lambda: ReturnType<typeof lambdaService>, access: Access): InvokeFunction {
  return async (functionArn, event, roleArn) => {
    try {
      access.authorize(roleArn, 'lambda:InvokeFunction', functionArn);
      const { payload, errorType } = await lambda.invoke(functionArn, event);
      if (errorType !== undefined) throw new TaskError(errorType, payload);
      return payload;
    } catch (error) {
      throw error instanceof ServiceError ? new TaskError(`Lambda.${error.code}`, error.message) : error;
    }
  };
}
