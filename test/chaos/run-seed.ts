import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAtPort } from '../support/start-at-port.ts';
import { judge } from './checks.ts';
import { drawsOf } from './draws.ts';
import { digestOf } from './history.ts';
import { readState } from './state.ts';
import { liveThrough } from './world.ts';

export interface SeedOptions {
  templateFile: string;
  /**
   * The endpoint's, if it is free; the same for all seeds of a process, so that functions find it where they know it.
   */
  port: number;
  /** Gets the final state as `seed-N`, in place of a folder that is removed. */
  keep?: string | undefined;
}

/** What came of a seed. */
export interface SeedResult {
  seed: number;
  /** What does not hold; empty when all does. */
  broken: string[];
  /** Of the whole history. */
  digest: string;
}

/** Lives through a seed and judges what is left. */
export async function runSeed(seed: number, { templateFile, port, keep }: SeedOptions): Promise<SeedResult> {
  const dataFolder = keep ? join(keep, `seed-${seed}`) : mkdtempSync(join(tmpdir(), 'chaos-'));
  if (keep) {
    rmSync(dataFolder, { recursive: true, force: true });
    mkdirSync(dataFolder, { recursive: true });
  }
  const tables = keep ? 'disk' : 'memory';
  const world = await startAtPort(port, (port) =>
    liveThrough(drawsOf(seed), { templateFile, dataFolder, tables, port }),
  );
  try {
    const state = await readState(world);
    return { seed, broken: await judge(world, state), digest: await digestOf(world, state) };
  } finally {
    await world.close();
    if (!keep) rmSync(dataFolder, { recursive: true, force: true });
  }
}
