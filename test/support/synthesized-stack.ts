import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../lib/stack/synthesize.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The synthesized template of the stack, with its bundles beside it. */
    templateFile: string;
    /** Where local stacks write down what their roles have used of their permissions. */
    permissionsFolder: string;
  }
}

const outFolder = mkdtempSync(join(tmpdir(), 'media-batch-stack-'));

/** Synthesizes the stack with its bundles before the first test, unless one is given. */
export function setup(project: TestProject): void {
  const { MEDIA_BATCH_TEST_TEMPLATE: given, MEDIA_BATCH_TEST_PERMISSIONS: folder } = process.env;
  const permissionsFolder = folder ?? join(outFolder, 'permissions');
  mkdirSync(permissionsFolder, { recursive: true });
  project.provide('permissionsFolder', permissionsFolder);
  project.provide('templateFile', given ?? synthesize({ outFolder: join(outFolder, 'stack') }).templateFile);
}

/** Removes it after the last. */
export function teardown(): void {
  rmSync(outFolder, { recursive: true, force: true });
}
