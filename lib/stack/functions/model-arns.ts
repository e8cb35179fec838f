import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { findModel } from '../../../lambdas/shared/domain/model/models.ts';

/** Reason for models in every Region. */
export const modelsWildcard = 'AWS may change the Regions that a system-defined inference profile routes to.';

/** ARN of all batch jobs of this account and Region. */
export function batchJobsArnOf(scope: Construct): string {
  return Stack.of(scope).formatArn({ service: 'bedrock', resource: 'model-invocation-job', resourceName: '*' });
}

/**
 * Returns the ARNs of models: the inference profile and the model in each Region that it routes to, or the model alone.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
 */
export function modelArnsOf(scope: Construct, modelIds: readonly string[]): string[] {
  const stack = Stack.of(scope);
  const model = (region: string, resourceName: string) =>
    stack.formatArn({ service: 'bedrock', region, account: '', resource: 'foundation-model', resourceName });
  const arns = modelIds.flatMap((id) => {
    const found = findModel(id);
    if (found === undefined) throw new TypeError(`The model ${id} is not in the table of models.`);
    if (found.profile === undefined) return [model(stack.region, id)];
    const profile = stack.formatArn({ service: 'bedrock', resource: 'inference-profile', resourceName: id });
    const { modelId } = found.model;
    // A global profile also needs the model without a Region.
    return [profile, model('*', modelId), ...(found.profile === 'global' ? [model('', modelId)] : [])];
  });
  return [...new Set(arns)];
}
