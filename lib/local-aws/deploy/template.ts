import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { reasonOf } from '../reason.ts';

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DeletionPolicy: z.string().default('Delete'),
      DependsOn: z.union([z.array(z.string()), z.string().transform((logicalId) => [logicalId])]).default([]),
    }),
  ),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});
const assetSchema = z.object({
  source: z.object({ path: z.string() }),
  destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
});
const assetsSchema = z.object({ files: z.record(z.string(), assetSchema) });

/** A synthesized stack: its template, still with intrinsic functions, and the folders of its assets by their S3 key. */
export type SynthesizedStack = ReturnType<typeof readStack>;

/**
 * Reads `<stack>.template.json` and, beside it, `<stack>.assets.json`.
 *
 * @throws when one of them is missing or not what CDK writes
 */
export function readStack(templateFile: string) {
  const stackName = basename(templateFile, '.template.json');
  const outFolder = dirname(templateFile);
  const { Resources, Outputs } = read(templateFile, templateSchema);
  const { files } = read(join(outFolder, `${stackName}.assets.json`), assetsSchema);
  const assetFolders = new Map(
    Object.values(files).flatMap(({ source, destinations }) =>
      Object.values(destinations).map(({ objectKey }) => [objectKey, join(outFolder, source.path)] as const),
    ),
  );
  return { stackName, resources: Resources, outputs: Outputs, assetFolders };
}

function read<T>(file: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new Error(`The file ${file} is not as CDK writes it (${reason}): synthesize the stack again.`, { cause });
  }
}
