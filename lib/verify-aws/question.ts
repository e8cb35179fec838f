import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from '../program/context.ts';
import type { BatchJobs } from './jobs.ts';
import type { Objects } from './objects.ts';
import type { Plan } from './plan.ts';
import type { DeployedStack } from './stack.ts';

/** What a question works with. */
export interface World {
  plan: Plan;
  context: Context;
  stack: DeployedStack;
  clients: { dynamodb: DynamoDBClient; s3: S3Client; states: SFNClient };
  objects: Objects;
  jobs: BatchJobs;
}

/** The maximum cost of a job. Entries of the same name are the same job. */
export interface JobCost {
  job: string;
  modelId: string;
  records: number;
  /** In addition to the text of the records. */
  mediaTokens?: number;
  /** In addition to one for each record. */
  outputTokens?: number;
}

/** The answer to a question. */
export interface Found {
  answer: string;
  /** What AWS returned, for a reader who doubts the answer. */
  evidence: unknown;
  /** Default: true. */
  isAnswered?: boolean;
}

/** Something that AWS's documentation leaves open. */
export interface Question {
  number: number;
  asks: string;
  /** What the local AWS assumes, in the words of an answer. */
  assumed: string;
  costs(plan: Plan): JobCost[];
  /** @throws when it cannot be answered; the table then shows the reason */
  ask(world: World): Promise<Found>;
}

/** A question with its answer. */
export interface Answer extends Pick<Question, 'number' | 'asks' | 'assumed'>, Required<Found> {}
