import { ValidateStateMachineDefinitionCommand } from '@aws-sdk/client-sfn';
import { messageOf } from '../../../lambdas/shared/domain/errors/errors.ts';
import type { Question, World } from '../question.ts';

const field = 'ModelInvocationType';
/** A field that no API has: only if this one is refused, silence about the other one means something. */
const control = 'NoSuchField';

export const stepFunctionsField: Question = {
  number: 7,
  asks: `Does the Step Functions integration of CreateModelInvocationJob know ${field}?`,
  assumed: 'It cannot be asked here.',
  costs: () => [],

  async ask(world) {
    const [said, saidOfControl] = await Promise.all([validate(world, field), validate(world, control)]);
    const evidence = { [field]: said, [control]: saidOfControl };
    if (said.includes('NotSimulated')) return { answer: stepFunctionsField.assumed, evidence };
    if (said.includes(field)) return { answer: 'No.', evidence };
    if (saidOfControl.includes(control)) return { answer: 'Yes.', evidence };
    return {
      answer: `Step Functions says nothing about it, but nothing about ${control} either.`,
      evidence,
      isAnswered: false,
    };
  },
};

/**
 * Returns what Step Functions says about a definition with this field; nothing is created or run. An unknown field is
 * refused by its name, at least when a machine is created: https://github.com/aws/aws-cdk/issues/29968
 */
async function validate({ clients: { states }, stack, plan }: World, name: string): Promise<string> {
  const [, partition] = stack.stateMachineArn.split(':');
  const S3Uri = `s3://${stack.bucket}/verify-aws/nothing/`;
  const Parameters = {
    JobName: 'verify-aws',
    ModelId: plan.models[0].id,
    RoleArn: stack.bedrockRoleArn,
    InputDataConfig: { S3InputDataConfig: { S3Uri } },
    OutputDataConfig: { S3OutputDataConfig: { S3Uri } },
    [name]: 'Converse',
  };
  const Resource = `arn:${partition}:states:::aws-sdk:bedrock:createModelInvocationJob`;
  const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Task', Resource, Parameters, End: true } } });
  try {
    const { result, diagnostics = [] } = await states.send(new ValidateStateMachineDefinitionCommand({ definition }));
    return [result, ...diagnostics.map(({ code, message }) => `${code}: ${message}`)].join('; ');
  } catch (error) {
    return `${error instanceof Error ? error.name : ''} ${messageOf(error)}`;
  }
}
