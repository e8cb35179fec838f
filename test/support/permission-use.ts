import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const useSchema = z.object({
  /** Name of the file of the tests that the local stack was for. */
  testFile: z.string(),
  /** How long the local stack was there. */
  seconds: z.number(),
  grants: z.array(z.object({ roleArn: z.string(), action: z.string(), resource: z.string(), used: z.boolean() })),
});

/** What the roles of one local stack could do, and what of it they did. */
export type PermissionUse = z.infer<typeof useSchema>;

/** Writes down how a local stack has used its permissions. */
export function recordUse(folder: string, use: PermissionUse): void {
  writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(use));
}

/** All that was written down. */
export function readUse(folder: string): PermissionUse[] {
  return readdirSync(folder).map((name) => useSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}
