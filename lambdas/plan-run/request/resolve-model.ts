import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { findModel, type Model, models } from '../../shared/domain/model/models.ts';

/**
 * Returns the model of a request: one that the stack was deployed for, by default the first of these.
 *
 * @throws {RequestRefused} when the model is unknown, has no batch jobs over media in S3, or is not deployed
 */
export function resolveModel(
  requested: string | undefined,
  deployedIds: readonly string[],
): { modelId: string; model: Model } {
  const modelId = requested ?? deployedIds[0] ?? '';
  const found = findModel(modelId);
  const deployed = deployedIds.join(', ');
  if (!found) {
    const known = models.filter(({ media }) => media.length > 0).map((model) => model.modelId);
    throw new RequestRefused(
      `"model" of the request is ${JSON.stringify(modelId)}, which is not known to have batch jobs over media in S3; expected ` +
        `one of ${known.join(', ')} or an inference profile of it: this stack was deployed for ${deployed}.`,
    );
  }
  if (found.model.media.length === 0) {
    throw new RequestRefused(
      `"model" of the request is ${modelId}, and ${found.model.label} takes no media from S3 in a batch job; expected one that does: ` +
        `this stack was deployed for ${deployed}.`,
    );
  }
  if (!deployedIds.includes(modelId)) {
    throw new RequestRefused(
      `"model" of the request is ${modelId}, but this stack was deployed for ${deployed}: use that, or deploy again with ` +
        `-c models=${[...deployedIds, modelId].join(',')}.`,
    );
  }
  return { modelId, model: found.model };
}
