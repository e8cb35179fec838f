import { createHash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Rule } from '../events/bus.ts';
import type { Queues } from '../events/queues.ts';
import type { Schedule } from '../events/schedules.ts';
import type { Access } from '../iam/access.ts';
import type { Lambda } from '../lambda/service.ts';
import type { StepFunctions } from '../step-functions/service.ts';
import type { CustomResourceAnswer, CustomResourceRequest } from './custom-resources.ts';
import type { SynthesizedStack } from './template.ts';

/** The local services that a stack is deployed into. */
export interface Target {
  accountId: string;
  region: string;
  access: Access;
  dynamodb: DynamoDBClient;
  lambda: Pick<Lambda, 'createFunction' | 'publishVersion' | 'setOnFailure'>;
  queues: Pick<Queues, 'create' | 'delete'>;
  createBucket(name: string, options: { eventBridge: boolean; versioned: boolean }): unknown;
  createStateMachine: StepFunctions['createStateMachine'];
  /** Fires until the signal is aborted. */
  startSchedule(schedule: Schedule, signal: AbortSignal): void;
  /** Returns its ARN. */
  putRule(rule: Rule): string;
  askCustomResource(request: CustomResourceRequest): Promise<CustomResourceAnswer>;
  /** Remove what the updated stack no longer has. */
  removals: {
    bucket(name: string): void;
    function(name: string): void;
    stateMachine(arn: string): void;
    rule(name: string): void;
  };
}

/** The place of a resource in its stack. */
export interface Place extends Pick<SynthesizedStack, 'stackName' | 'assetFolders'> {
  logicalId: string;
  type: string;
  /** The resource so far. */
  before?: { ref: string; properties: Record<string, unknown> } | undefined;
}

/** What references to a resource resolve to. */
export interface Created {
  ref: string;
  attributes: Record<string, string>;
  /** Removes it once its stack no longer has it. */
  remove?(): unknown;
}

/** Creates a resource from its resolved properties. */
export type Creator = (properties: unknown, place: Place, target: Target) => Created | Promise<Created>;

/** Like CloudFormation's, from stack and logical ID, but the same at every deployment. */
export function physicalName(
  { stackName, logicalId }: Pick<Place, 'stackName' | 'logicalId'>,
  maxLength: number,
): string {
  const unique = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 12);
  return `${`${stackName}-${logicalId}`.slice(0, maxLength - unique.length - 1)}-${unique}`;
}

/** For resources that do nothing here, or nothing by themselves. */
export function dataOnly(_properties: unknown, place: Place): Created {
  const name = physicalName(place, 64);
  return { ref: name, attributes: { Arn: `arn:aws:local:::${name}` } };
}
