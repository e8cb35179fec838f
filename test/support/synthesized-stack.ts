import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../lib/stack/synthesize.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The synthesized template of the stack, with its bundles beside it. */
    templateFile: string;
  }
}

const outFolder = mkdtempSync(join(tmpdir(), 'media-batch-stack-'));

/** Synthesizes the stack with its bundles before the first test. */
export function setup(project: TestProject): void {
  project.provide('templateFile', synthesize({ outFolder }).templateFile);
}

/** Removes it after the last. */
export function teardown(): void {
  rmSync(outFolder, { recursive: true, force: true });
}
