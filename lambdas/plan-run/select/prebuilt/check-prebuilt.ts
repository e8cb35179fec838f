import * as z from 'zod';
import { parseS3Uri } from '../../../shared/domain/keys.ts';
import { whyKeyIsRefused } from '../../../shared/domain/media/media.ts';
import { type ModelInput, modelInputSchema } from '../../../shared/domain/plan/plan.ts';
import { isInvokeModel } from '../../../shared/domain/record/record.ts';

/** IDs are kept in ledgers and lists; records are sent under our own IDs. */
const maxIdLength = 256;

/** The deepest nesting: an image is about ten levels deep, and far deeper JSON cannot be written again. */
const maxDepth = 64;

const prebuiltSchema = z.strictObject({
  recordId: z.string().min(1).max(maxIdLength),
  modelInput: z.record(z.string(), z.unknown()),
});

/** What is wrong with a line, as `has …; expected …`. */
interface Problem {
  problem: string;
}

/**
 * Checks a line of prebuilt records: its shape, and that a job at the root of this bucket can read its media. The model
 * itself may still refuse it.
 */
export function checkPrebuilt(text: string, bucket: string): { recordId: string; modelInput: ModelInput } | Problem {
  const shape = 'expected {"recordId": "…", "modelInput": {…}} and no other field';
  const parsed = prebuiltSchema.safeParse(jsonIn(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : `, at "${issue.path.join('.')}",`;
    return { problem: `is no prebuilt record${where}; ${shape}, with an ID of at most ${maxIdLength} characters` };
  }
  const { recordId, modelInput } = parsed.data;
  if (Object.hasOwn(modelInput, 'modelId')) {
    // https://github.com/maximhq/bifrost/pull/4516
    return {
      problem:
        'has a "modelId" in its modelInput, which a batch job refuses; expected the model in "model" of the request',
    };
  }
  if (!Array.isArray(modelInput.messages) || modelInput.messages.length === 0) {
    return { problem: 'has no "messages" in its modelInput; expected a list of at least one' };
  }
  const problem = whyMediaFail(modelInput, bucket);
  if (problem !== undefined) return { problem };
  return { recordId, modelInput: modelInputSchema.parse(modelInput) };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Node {
  name: string;
  value: unknown;
  depth: number;
  isInImage: boolean;
}

/** Walks through a body without recursion, because it may be nested to any depth. */
function whyMediaFail(modelInput: object, bucket: string): string | undefined {
  const isInvoke = isInvokeModel(modelInput);
  const nodes: Node[] = [{ name: '', value: modelInput, depth: 0, isInImage: false }];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const { name, value, depth, isInImage } = node;
    if (depth > maxDepth)
      return `is nested more than ${maxDepth} deep; expected a request as the model's documentation shows it`;
    if (name === '__proto__') return 'has a field "__proto__"; expected fields of the model\'s documentation only';
    if (typeof value === 'string' && name !== 'text' && (name === 'uri' || value.startsWith('s3://'))) {
      const problem = whyUriFails(value, bucket, isInvoke && isInImage);
      if (problem !== undefined) return problem;
    }
    if (typeof value !== 'object' || value === null) continue;
    for (const [field, inside] of Object.entries(value)) {
      nodes.push({ name: field, value: inside, depth: depth + 1, isInImage: isInImage || field === 'image' });
    }
  }
  return undefined;
}

function whyUriFails(uri: string, bucket: string, isImageOfInvokeModel: boolean): string | undefined {
  const quoted = JSON.stringify(uri);
  const { bucket: named, key = '' } = parseS3Uri(uri) ?? {};
  if (named !== bucket) {
    return `names ${quoted}; expected media in bucket ${bucket}, at whose root the job reads: copy them there`;
  }
  const refused = whyKeyIsRefused(bucket, key);
  if (refused !== undefined)
    return `names ${quoted}, which Bedrock refuses because ${refused}; expected letters, digits and -!_*'().`;
  if (!isImageOfInvokeModel) return undefined;
  // https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
  return `names the image ${quoted} in a body for InvokeModel, which takes images as bytes only; expected one for Converse, without "schemaVersion"`;
}
