import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from '../program/context.ts';
import type { BatchJobs } from './jobs.ts';
import type { Objects } from './objects.ts';
import type { Plan } from './plan.ts';
import type { DeployedStack } from './stack.ts';

/** What a question has to work with. */
export interface World {
  plan: Plan;
  context: Context;
  stack: DeployedStack;
  clients: { dynamodb: DynamoDBClient; s3: S3Client; states: SFNClient };
  objects: Objects;
  jobs: BatchJobs;
}

/** The most that a job may cost. Those of the same name are the same job, whoever asks for it. */
export interface JobCost {
  job: string;
  modelId: string;
  records: number;
  /** Beside the text of the records. */
  mediaTokens?: number;
  /** Beside one for each record. */
  outputTokens?: number;
}

/** What was found out. */
export interface Found {
  answer: string;
  /** What AWS itself said, for whoever doubts the answer. */
  evidence: unknown;
  /** Default: true. */
  isAnswered?: boolean;
}

/** Something that AWS's documentation leaves open. */
export interface Question {
  number: number;
  asks: string;
  /** What the local AWS takes for granted, in the words of an answer. */
  assumed: string;
  costs(plan: Plan): JobCost[];
  /** @throws when it cannot be answered; the reason is then what stands in the table */
  ask(world: World): Promise<Found>;
}

/** A question with what came of it. */
export interface Answer extends Pick<Question, 'number' | 'asks' | 'assumed'>, Required<Found> {}
