import { z } from 'zod';
import { runSeed } from './run-seed.ts';

// Runs one seed after the other, as it is told to, in a process of its own.

/** What a worker is told. */
export const taskSchema = z.object({
  seed: z.int(),
  templateFile: z.string(),
  port: z.int(),
  keep: z.string().optional(),
});

async function work(message: unknown): Promise<void> {
  const { seed, ...options } = taskSchema.parse(message);
  const startedAt = performance.now();
  const result = await runSeed(seed, options).catch((error: unknown) => ({
    seed,
    broken: [`the seed did not come to its end: ${error instanceof Error ? error.stack : String(error)}`],
    digest: '',
  }));
  process.send?.({ ...result, ms: Math.round(performance.now() - startedAt) });
}

process.on('message', (message) => void work(message));
process.on('disconnect', () => process.exit());
