import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { pascalCase, type Steps } from './functions/step-lambdas.ts';
import type { Storage } from './storage/storage.ts';

interface OutputsProps {
  storage: Storage;
  stateMachine: StateMachine;
  deadLetters: IQueue;
  topic: ITopic;
  bedrockRole: Role;
  steps: Steps;
}

/** Adds the outputs of the stack, which people and commands read. */
export function addOutputs(stack: Stack, parts: OutputsProps): void {
  const { storage, stateMachine, deadLetters, topic, bedrockRole, steps } = parts;
  const output = (name: string, value: string, description: string) =>
    new CfnOutput(stack, name, { value, description });
  output('Bucket', storage.media.bucketName, 'The bucket of media, results and runs');
  output('StagingBucket', storage.staging.bucketName, 'The bucket of inputs and copies of staged jobs');
  output('StateMachineArn', stateMachine.stateMachineArn, 'Takes a request as the input of an execution');
  output('TableName', storage.runs.tableName, 'Runs, jobs, locks and claims');
  output('DeadLetterQueue', deadLetters.queueUrl, 'Events and schedules that failed');
  output('AlarmTopicArn', topic.topicArn, 'The topic that alarms are sent to');
  output('BedrockRoleArn', bedrockRole.roleArn, 'The role that Bedrock reads media and writes output with');
  for (const [step, lambda] of Object.entries(steps)) {
    output(`${pascalCase(step)}Function`, lambda.function.functionName, `The function of ${step}`);
  }
}
